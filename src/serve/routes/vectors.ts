/** The newest values of a service's features, in its order: what a model is asked with. */
import { z } from 'zod'
import { findService } from '../../config/reference.js'
import { vectorsJson } from '../json.js'
import { type Limits, type Route, route } from '../route.js'
import { maxAge, metadata, request, source, status, value } from '../schemas.js'
import { requireRoom } from './features.js'

const keys = z.record(z.string(), z.unknown()).meta({ description: 'A value for each join key of the service.' })

const answer = z.object({
  service: z.string(),
  features: z.array(z.string()).meta({ description: 'alias.feature, in the order of every list below.' }),
  results: z.array(
    z.object({
      keys,
      values: z.array(value),
      statuses: z.array(status),
      eventTimestamps: z.array(z.string().nullable()),
      sources: z.array(source),
    }),
  ),
  latencyMs: z.number(),
  metadata,
})

export function vectorsRoute(limits: Limits): Route {
  return route({
    method: 'POST',
    path: '/v1/vectors',
    summary: "A service's vectors, by its join keys",
    scope: 'read',
    body: z.strictObject({
      service: z.string().min(1).max(512),
      keys: z.array(keys).min(1).max(limits.keys),
      maxAge: maxAge.optional(),
      request: request.optional(),
    }),
    answer,
    async run({ body, store, server }) {
      const { service, keys, maxAge, request } = body
      const width = findService(store.project, service).picks.reduce((sum, { features }) => sum + features.length, 0)
      requireRoom(keys.length, width, limits)
      const reads = await store.getVectors({ service, keys, maxAge, ...(request && { request }) })
      server.metrics.skip(reads)
      const results = vectorsJson(reads, keys, server.metrics.count)
      const { features, latencyMs, metadata } = reads[0] as (typeof reads)[number]
      const head = `{"service":${JSON.stringify(service)},"features":${JSON.stringify(Object.keys(features))}`
      const text = `${head},"results":${results},"latencyMs":${latencyMs},"metadata":${JSON.stringify(metadata)}}`
      return { status: 200, text, told: { keys: keys.length } }
    },
  })
}
