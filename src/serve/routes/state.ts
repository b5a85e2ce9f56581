/** How the server is: for whoever watches it, and decides whether requests are sent to it. */
import { z } from 'zod'
import type { Readiness } from '../../plan/readiness.js'
import { json, type Route, route } from '../route.js'

export const healthRoute: Route = route({
  method: 'GET',
  path: '/health',
  summary: 'Whether the process is alive',
  answer: z.object({ status: z.literal('alive') }),
  run: async () => json({ status: 'alive' }),
})

const answer = z.object({
  ready: z.boolean(),
  stopping: z.boolean(),
  database: z.enum(['ready', 'behind', 'unreachable']),
  redis: z.enum(['ready', 'unreachable', 'none']).meta({ description: 'Without it reads go to Postgres.' }),
})

/** @param look what the log tells the reasons of */
export function readyRoute(look: () => Promise<Readiness>): Route {
  return route({
    method: 'GET',
    path: '/ready',
    summary: 'Whether requests should be sent here: 503 where not, and while it is shutting down',
    answer,
    alsoAnswers: [503],
    async run({ server }) {
      const stopping = server.stopping.aborted
      const { ready, database, redis } = await look()
      const isReady = ready && !stopping
      // Where the backends are is nobody's business who has no token.
      return json({ ready: isReady, stopping, database, redis }, isReady ? 200 : 503)
    },
  })
}

export const metricsRoute: Route = route({
  method: 'GET',
  path: '/metrics',
  summary: 'Metrics for Prometheus',
  scope: 'read',
  about: 'server',
  answer: 'text',
  async run({ server: { metrics } }) {
    return { status: 200, text: await metrics.text(), type: metrics.contentType }
  },
})
