/** The route of Feast's feature server that its HTTP clients read from. */
import { z } from 'zod'
import { readFeast } from '../feast.js'
import { feastJson } from '../feast-json.js'
import { type Limits, type Route, route } from '../route.js'
import { names, value } from '../schemas.js'
import { requireRoom } from './features.js'

const answer = z.object({
  metadata: z.object({
    feature_names: z.array(z.string()).meta({ description: 'Join keys first, then the features, as the results.' }),
  }),
  results: z.array(
    z.object({
      values: z.array(value),
      statuses: z.array(z.enum(['PRESENT', 'NULL_VALUE', 'NOT_FOUND', 'OUTSIDE_MAX_AGE'])),
      event_timestamps: z.array(z.string()),
    }),
  ),
})

export function feastRoute(limits: Limits): Route {
  return route({
    method: 'POST',
    path: '/get-online-features',
    summary: "Feast's route: columns of join keys in, a column for each feature out",
    scope: 'read',
    takesAnyType: true,
    // Fields that are not known are passed over, as Feast does.
    body: z.object({
      features: names.or(z.array(z.never()).max(0)).optional().meta({ description: 'group:feature' }),
      feature_service: z.string().min(1).nullish(),
      entities: z
        .record(z.string(), z.array(z.unknown()).max(limits.keys))
        .meta({ description: 'For each join key a list of values; request data of on-demand features, too.' }),
      full_feature_names: z.boolean().optional().meta({ description: 'Names as group__feature.' }),
    }),
    answer,
    async run({ body, store, server }) {
      const read = await readFeast(store, body, (rows, features) => requireRoom(rows, features, limits))
      for (const { reads } of read.columns.slice(0, 1)) server.metrics.skip(reads)
      return { status: 200, text: feastJson(read, server.metrics.count), told: { keys: read.rows } }
    },
  })
}
