/** The OpenAPI document, made from the very routes and schemas that are served. */
import { z } from 'zod'
import type { Route } from './route.js'
import { error } from './schemas.js'

export function openApi(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'fstore', version, description: 'Features by key, as they are now.' },
    paths,
    components: {
      schemas: { Error: schemaOf(error) },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      parameters: {
        Tenant: {
          name: 'X-Fstore-Tenant',
          in: 'header',
          description: "Whose data, percent-encoded; the server's own tenant, or the token's, when absent.",
          schema: { type: 'string' },
        },
      },
    },
  }
}

function operation({ method, path, summary, scope, about, body, answer, alsoAnswers = [] }: Route) {
  const content =
    answer === 'text'
      ? { 'text/plain': { schema: { type: 'string' } } }
      : { 'application/json': { schema: schemaOf(answer) } }
  const own = Object.fromEntries([200, ...alsoAnswers].map((status) => [status, { description: summary, content }]))
  const refused = {
    description: 'Refused, or failed: the status and the code say why.',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
  return {
    summary,
    operationId: `${method.toLowerCase()}${path.replace(/[^a-z0-9]+(.)?/gi, (_, first?: string) => (first ?? '').toUpperCase())}`,
    ...(scope !== undefined && { security: [{ token: [] }, {}], description: `Scope: ${scope}.` }),
    ...(scope !== undefined && about === undefined && { parameters: [{ $ref: '#/components/parameters/Tenant' }] }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } },
    }),
    responses: { ...own, default: refused },
  }
}

function schemaOf(schema: z.ZodType): unknown {
  const { $schema: _, id: _id, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>
  return rest
}
