/** From a request of the page to its answer. Nothing here changes anything. */
import { type Context, Hono } from 'hono'
import { type ErrorBody, HttpFailure, refusalOf } from '../serve/failure.js'
import type { Log } from '../serve/log.js'
import { within } from '../serve/within.js'
import type { AnyStore } from '../store.js'
import type { Answer } from './asked.js'
import type { Assets } from './assets.js'
import { endpoints } from './endpoints.js'
import { type Guard, portOf, securityHeaders } from './guard.js'
import type { ErrorAnswer } from './model.js'
import { Query } from './query.js'

export interface AppOptions {
  readonly guard: Guard
  readonly assets: Assets
  /** Lends the store of a tenant; the server's own tenant where none is named. */
  readonly use: <T>(tenant: string | undefined, work: (store: AnyStore) => Promise<T>) => Promise<T>
  readonly version: string
  readonly log: Log
  /** Milliseconds that an answer may take. */
  readonly timeout: number
}

const api = '/ui/api/'

export class Application {
  readonly #options: AppOptions
  readonly #hono = new Hono()
  inFlight = 0

  constructor(options: AppOptions) {
    this.#options = options
    this.#hono.use((c, next) => this.#around(c, next))
    for (const [path, load] of Object.entries(endpoints)) this.#hono.get(api + path, (c) => this.#answer(c, load))
    this.#hono.get(`${api}*`, () => {
      throw new HttpFailure('ROUTE_UNKNOWN', 'There is no such address.')
    })
    this.#hono.get('*', (c) => this.#asset(c))
    this.#hono.onError((error, c) => this.#refuse(c, error))
  }

  readonly fetch = (request: Request): Response | Promise<Response> => this.#hono.fetch(request)

  async #around(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
    this.inFlight++
    try {
      if (!['GET', 'HEAD'].includes(c.req.method))
        throw new HttpFailure('METHOD_NOT_ALLOWED', 'The page only looks.', { headers: { Allow: 'GET, HEAD' } })
      const entry = this.#entry(c)
      if (entry !== undefined) return entry
      this.#options.guard.check(c.req.raw)
      await next()
      for (const [name, value] of Object.entries(securityHeaders)) c.res.headers.set(name, value)
      return undefined
    } finally {
      this.inFlight--
    }
  }

  /**
   * Whoever opens the printed address is given a cookie, and sent on to one without the token. By the page itself: a
   * strict cookie does not come along where another site's link is followed and redirected.
   */
  #entry(c: Context): Response | undefined {
    const { guard } = this.#options
    const token = c.req.query('token')
    if (guard.isOpen || token === undefined || c.req.path.startsWith(api) || !guard.knows(token)) return undefined
    const name = guard.cookieName(portOf(c.req.raw.headers, c.req.url))
    return new Response('<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>fstore</title>', {
      headers: {
        ...securityHeaders,
        'Content-Type': 'text/html; charset=utf-8',
        'Cache-Control': 'no-store',
        'Set-Cookie': `${name}=${token}; Path=/; HttpOnly; SameSite=Strict`,
      },
    })
  }

  async #answer(c: Context, load: () => Promise<Answer>): Promise<Response> {
    const { use, version, timeout } = this.#options
    const query = new Query(new URL(c.req.url).searchParams)
    const name = c.req.param('name') ?? ''
    const answer = await load()
    const work = use(query.text('tenant'), (store) => answer({ store, query, name, version }))
    return c.json(await within(timeout, work), 200, { 'Cache-Control': 'no-store' })
  }

  async #asset(c: Context): Promise<Response> {
    const asset = await this.#options.assets.find(c.req.path)
    if (asset === undefined) throw new HttpFailure('ROUTE_UNKNOWN', 'There is no such file.')
    const { body, type, etag, isLasting } = asset
    const headers = { ETag: etag, 'Cache-Control': isLasting ? 'private, max-age=31536000, immutable' : 'no-cache' }
    if (c.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers })
    return new Response(body, { headers: { ...headers, 'Content-Type': type } })
  }

  #refuse(c: Context, error: unknown): Response {
    const { status, body, headers, isBug } = refusalOf(error, 'fstore ui')
    if (isBug) this.#options.log.error({ err: error }, 'An answer ran into a bug')
    // Another process has the embedded database, for now.
    const isLocked = body.code === 'LOCKED'
    const code = isLocked ? 423 : status
    const later = isLocked ? { 'Retry-After': '1' } : {}
    const all = { ...securityHeaders, ...later, ...headers, 'Cache-Control': 'no-store' }
    const isQuestion = c.req.path.startsWith(api)
    const answer: ErrorAnswer = { error: body }
    if (isQuestion) return Response.json(answer, { status: code, headers: all })
    return new Response(plain(body), { status: code, headers: { ...all, 'Content-Type': 'text/plain; charset=utf-8' } })
  }
}

function plain({ message, why, fix }: ErrorBody): string {
  return `${[message, why, fix].filter((line) => line !== undefined).join('\n')}\n`
}
