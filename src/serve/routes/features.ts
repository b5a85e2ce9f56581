/** The newest values of entities' features. */
import { z } from 'zod'
import { findEntity } from '../../config/reference.js'
import { HttpFailure } from '../failure.js'
import { featuresJson } from '../json.js'
import { type Limits, type Route, route } from '../route.js'
import { key, maxAge, metadata, names, request, source, status, value } from '../schemas.js'

const read = z.object({ value, status, eventTimestamp: z.string().nullable(), source })

const answer = z.object({
  entity: z.string(),
  results: z
    .array(z.object({ key, features: z.record(z.string(), read) }))
    .meta({ description: 'In the order of the keys.' }),
  latencyMs: z.number(),
  metadata,
})

export function featuresRoute(limits: Limits): Route {
  return route({
    method: 'POST',
    path: '/v1/features',
    summary: "The newest values of entities' features",
    scope: 'read',
    body: z.strictObject({
      entity: z.string().min(1).max(512),
      keys: z.array(key).min(1).max(limits.keys),
      features: names.optional().meta({ description: 'group.feature, or feature; all of the entity when absent.' }),
      maxAge: maxAge.optional(),
      request: request.optional(),
    }),
    answer,
    async run({ body, store, server }) {
      const { entity, keys, features, maxAge, request } = body
      requireRoom(keys.length, features?.length ?? widthOf(store.project, entity), limits)
      const reads = await store.getMany({ entity, keys, features, maxAge, ...(request && { request }) })
      server.metrics.skip(reads)
      const results = featuresJson(reads, keys, server.metrics.count)
      const { latencyMs, metadata } = reads[0] as (typeof reads)[number]
      const text = `{"entity":${JSON.stringify(entity)},"results":${results},"latencyMs":${latencyMs},"metadata":${JSON.stringify(metadata)}}`
      return { status: 200, text, told: { keys: keys.length } }
    },
  })
}

function widthOf(project: Parameters<typeof findEntity>[0], name: string): number {
  const entity = findEntity(project, name)
  const own = project.groups.filter((group) => group.entity.name === entity.name)
  return own.reduce((sum, { features }) => sum + features.length, 0)
}

/** @throws HttpFailure BODY_TOO_LARGE */
export function requireRoom(entities: number, features: number, { values }: Limits): void {
  if (entities * features <= values) return
  const asked = `${entities.toLocaleString('en-US')} entities × ${features.toLocaleString('en-US')} features`
  throw new HttpFailure('BODY_TOO_LARGE', `${asked} are more than ${values.toLocaleString('en-US')} values.`, {
    fix: 'Ask for fewer at once.',
  })
}
