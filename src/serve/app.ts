/** From a request to its answer: the same steps for every route, in the order in which they cost least to refuse. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { AnyStore } from '../store.js'
import { authorize, tenantOf } from './auth.js'
import { readJson, requireJson } from './body.js'
import { HttpFailure, refusalOf } from './failure.js'
import { requireLocalName } from './host.js'
import type { Log } from './log.js'
import type { Reply, Route, Served } from './route.js'
import { parseBody } from './schemas.js'
import type { Bearer, Tokens } from './tokens.js'
import { within } from './within.js'

export interface AppOptions {
  readonly routes: readonly Route[]
  readonly served: Served
  readonly tokens: Tokens
  readonly log: Log
  /** Milliseconds that an answer may take. */
  readonly timeout: number
  /** Requests under way at most. */
  readonly mostInFlight: number
}

type App = Hono<{ Bindings: HttpBindings }>

/** What is known of a request by the time it is answered. */
interface Exchange {
  readonly started: number
  readonly id: string
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly route: string
  bearer?: Bearer
  tenant?: string | undefined
}

export class Application {
  readonly #options: AppOptions
  readonly #hono: App = new Hono()
  /** Tells this process's requests from others' in one log. */
  readonly #prefix = Math.random().toString(36).slice(2, 8)
  #requests = 0
  inFlight = 0

  constructor(options: AppOptions) {
    this.#options = options
    const { routes } = options
    for (const route of routes) this.#hono.on(route.method, route.path, (c) => this.#serve(route, c.env))
    for (const path of new Set(routes.map((route) => route.path)))
      this.#hono.all(path, (c) => this.#refuse(c.env, path, methodFailure(routes, path)))
    this.#hono.notFound((c) => this.#refuse(c.env, 'unknown', unknownRoute()))
  }

  readonly fetch = (request: Request, env: HttpBindings) => this.#hono.fetch(request, env)

  #begin({ incoming, outgoing }: HttpBindings, route: string): Exchange {
    this.inFlight++
    const given = incoming.headers['x-request-id']
    const isUsable = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given)
    const id = isUsable ? given : `${this.#prefix}-${(++this.#requests).toString(36)}`
    return { started: performance.now(), id, incoming, outgoing, route }
  }

  async #serve(route: Route, env: HttpBindings): Promise<Response> {
    const exchange = this.#begin(env, route.path)
    try {
      this.#end(exchange, await this.#answer(route, exchange))
    } catch (error) {
      this.#fail(exchange, error)
    } finally {
      this.inFlight--
    }
    return RESPONSE_ALREADY_SENT
  }

  #refuse(env: HttpBindings, route: string, failure: HttpFailure): Response {
    const exchange = this.#begin(env, route)
    this.#fail(exchange, failure)
    this.inFlight--
    return RESPONSE_ALREADY_SENT
  }

  async #answer(route: Route, exchange: Exchange): Promise<Reply> {
    const { served, tokens, timeout, mostInFlight } = this.#options
    const { incoming } = exchange
    const { headers } = incoming
    if (tokens.isEmpty) requireLocalName(headers.host)
    if (route.scope === undefined) return route.run({ body: undefined, server: served } as never)
    if (this.inFlight > mostInFlight) throw overloaded()
    const bearer = authorize(tokens, headers, route.scope)
    exchange.bearer = bearer
    const tenant = tenantOf(bearer, headers)
    exchange.tenant = tenant
    if (route.about === 'server' && bearer.tenant !== undefined) throw notForOne(bearer)
    let body: unknown
    if (route.body !== undefined) {
      if (route.takesAnyType !== true) requireJson(headers)
      body = parseBody(route.body, await readJson(incoming, served.limits.body))
    }
    const run = (store: AnyStore) => route.run({ body, store, bearer, tenant, server: served })
    const work = route.about === undefined ? served.tenants.use(tenant, run) : run(served.tenants.own)
    return route.isLong === true ? work : within(timeout, work)
  }

  #fail(exchange: Exchange, error: unknown): void {
    const { status, body, headers, isBug } = refusalOf(error, exchange.id)
    if (isBug) this.#options.log.error({ requestId: exchange.id, err: error }, 'A request ran into a bug')
    this.#end(exchange, { status, text: JSON.stringify({ error: body }), told: { code: body.code } }, headers)
  }

  #end(exchange: Exchange, reply: Reply, more?: Readonly<Record<string, string>>): void {
    const { started, id, incoming, outgoing, route, bearer, tenant } = exchange
    const { status, text, type = 'application/json', told } = reply
    const { served, log } = this.#options
    if (!outgoing.headersSent && !outgoing.destroyed) {
      outgoing.writeHead(status, {
        'Content-Type': type,
        'Content-Length': Buffer.byteLength(text),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'X-Request-Id': id,
        ...more,
        ...(served.stopping.aborted && { Connection: 'close' }),
      })
      outgoing.end(text)
    }
    const ms = performance.now() - started
    const method = incoming.method ?? ''
    served.metrics.observe({ route, method, status, seconds: ms / 1000 })
    const fields = { requestId: id, method, route, status, ms: Math.round(ms * 1000) / 1000 }
    const who = bearer === undefined ? {} : { bearer: bearer.name, tenant }
    const tell = status >= 500 ? 'warn' : 'info'
    log[tell]({ ...fields, ...who, ...told }, 'request')
  }
}

function methodFailure(routes: readonly Route[], path: string): HttpFailure {
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method)
  const allow = (methods.includes('GET') ? [...methods, 'HEAD'] : methods).join(', ')
  return new HttpFailure('METHOD_NOT_ALLOWED', `${path} takes ${allow}.`, {
    fix: `Ask with ${methods.join(' or ')}.`,
    headers: { Allow: allow },
  })
}

function unknownRoute(): HttpFailure {
  return new HttpFailure('ROUTE_UNKNOWN', 'There is no such route.', { fix: 'GET /openapi.json lists them.' })
}

function overloaded(): HttpFailure {
  return new HttpFailure('OVERLOADED', 'The server has as many requests under way as it takes.', {
    fix: 'Ask again later, or run more servers.',
    headers: { 'Retry-After': '1' },
  })
}

function notForOne({ name }: Bearer): HttpFailure {
  return new HttpFailure('FORBIDDEN', `The token ${name} is good for one tenant, and the route tells of all.`, {
    fix: 'Ask with a token that names no tenant.',
  })
}
