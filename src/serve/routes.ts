/** Every route, in the order of the document. */
import { z } from 'zod'
import type { Readiness } from '../plan/readiness.js'
import { json, type Limits, type Route, route } from './route.js'
import { catalogRoute } from './routes/catalog.js'
import { eventsRoute } from './routes/events.js'
import { feastRoute } from './routes/feast.js'
import { featuresRoute } from './routes/features.js'
import { materializeRoutes } from './routes/materialize.js'
import { healthRoute, metricsRoute, readyRoute } from './routes/state.js'
import { vectorsRoute } from './routes/vectors.js'

export function allRoutes(limits: Limits, look: () => Promise<Readiness>, document: () => unknown): Route[] {
  let text: string | undefined
  return [
    featuresRoute(limits),
    vectorsRoute(limits),
    feastRoute(limits),
    eventsRoute(limits),
    ...materializeRoutes(),
    catalogRoute,
    healthRoute,
    readyRoute(look),
    metricsRoute,
    route({
      method: 'GET',
      path: '/openapi.json',
      summary: 'This document',
      answer: z.record(z.string(), z.unknown()),
      async run() {
        text ??= json(document()).text
        return { status: 200, text }
      },
    }),
  ]
}
