/** Events into the groups that are fed by them. */
import { z } from 'zod'
import type { StreamEvent } from '../../config/event.js'
import { json, type Limits, type Route, route } from '../route.js'

/** What is wrong with one is told of that one; its payload is for the schema of its type to judge. */
const event = z.unknown().meta({
  type: 'object',
  required: ['id', 'type', 'timestamp'],
  properties: {
    id: { type: 'string', description: 'What comes again under it is not applied again.' },
    type: { type: 'string' },
    timestamp: { type: 'string', description: 'With a time zone.' },
    payload: {},
  },
})

const counts = { applied: z.number(), duplicates: z.number() }

const answer = z.object({
  ...counts,
  rejected: z
    .array(z.object({ event: z.number(), group: z.string().nullable(), reasons: z.array(z.string()) }))
    .meta({ description: 'By place in the call; the others are applied.' }),
  groups: z.record(z.string(), z.object({ ...counts, rejected: z.number() })),
  online: z.enum(['redis', 'latest', 'pending']).meta({ description: 'Where the newest values can be read by now.' }),
})

export function eventsRoute(limits: Limits): Route {
  return route({
    method: 'POST',
    path: '/v1/events',
    summary: 'Events, each applied once however often it is sent',
    scope: 'write',
    body: z.strictObject({ events: z.array(event).min(1).max(limits.events) }),
    answer,
    async run({ body, store }) {
      const { applied, duplicates, rejected, groups, online } = await store.ingest(body.events as StreamEvent[], {
        lenient: true,
      })
      const told = { events: body.events.length, rejected: rejected.length }
      return { ...json({ applied, duplicates, rejected, groups, online }), told }
    },
  })
}
