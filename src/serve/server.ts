/** A store over HTTP. */
import type { Readiness } from '../plan/readiness.js'
import type { AnyStore } from '../store.js'
import { Application } from './app.js'
import { Draining } from './draining.js'
import { httpServer, type Listening, listen, requireGuard } from './listen.js'
import { type Log, silence } from './log.js'
import { Metrics } from './metrics.js'
import { openApi } from './openapi.js'
import type { Limits, Route } from './route.js'
import { allRoutes } from './routes.js'
import { TenantStores } from './tenant-stores.js'
import { type Token, Tokens } from './tokens.js'

/** Tokens, limits and log of a server. */
export interface ServerOptions {
  /** Who may ask for what. Without any, everyone on this machine may, and nobody else can. */
  readonly tokens?: readonly Token[]
  readonly log?: Log
  /** Bytes of a body; 1 MiB unless told. */
  readonly bodyLimit?: number
  /** Entities of one read; 10,000 unless told. */
  readonly maxKeys?: number
  /** Values of one answer, entities times features; 250,000 unless told. */
  readonly maxValues?: number
  /** Events of one call; 10,000 unless told. */
  readonly maxEvents?: number
  /** Milliseconds that an answer may take; 30,000 unless told. It does not end a materialization. */
  readonly timeout?: number
  /** Requests under way at most; 1,000 unless told. */
  readonly maxInFlight?: number
  /** Stores of tenants that are kept open besides the server's own; 32 unless told. Each has a connection to Redis. */
  readonly maxTenants?: number
  /** For the OpenAPI document. */
  readonly version?: string
}

/** Where the server listens: a port (0 for any that is free) and an address of this machine. */
export interface ListenOptions {
  /** 6566 unless told, as Feast's; 0 for any that is free. */
  readonly port?: number
  /** 127.0.0.1 unless told. Any that is not of this machine alone wants tokens. */
  readonly host?: string
}

/** A server over HTTP; nothing listens before `listen`. */
export interface FeatureServer {
  /** @returns where it listens @throws FstoreError USAGE, LISTEN_FAILED */
  listen(options?: ListenOptions): Promise<Listening>
  /**
   * Takes no more connections, answers what is under way, and closes them.
   *
   * @param options.grace milliseconds after which they are closed whatever is under way; 10,000 unless told
   * @returns how many requests were cut off
   */
  close(options?: { readonly grace?: number }): Promise<{ readonly cutOff: number }>
}

/** Milliseconds that a look at the backends holds good: probes and scrapes come from many sides. */
const lookFor = 1_000

/** A store of any config: what `createFeatureStore` gives. */
export type ServedStore = Pick<AnyStore, 'project' | 'tenant' | 'tenants' | 'groups' | 'jobs' | 'build' | 'readiness'>

/** The store stays the caller's: it is not closed with the server. */
export function createServer(store: ServedStore, options: ServerOptions = {}): FeatureServer {
  // What the types of a config's features say more than this is of no use to whoever asks over HTTP.
  const own = store as AnyStore
  const { log = silence, version = '0', timeout = 30_000, maxInFlight = 1_000, maxTenants = 32 } = options
  const limits = limitsOf(options)
  const tokens = new Tokens(options.tokens ?? [])
  const tenants = new TenantStores(own, maxTenants)
  const stopping = new AbortController()
  const look = looking(own, log)
  const metrics: Metrics = new Metrics({
    inFlight: () => app.inFlight,
    tenants: () => tenants.size,
    readiness: look,
  })
  const routes: Route[] = allRoutes(limits, look, () => openApi(routes, version))
  const app = new Application({
    routes,
    served: { limits, metrics, tenants, stopping: stopping.signal },
    tokens,
    log,
    timeout,
    mostInFlight: maxInFlight,
  })
  const http = httpServer(app.fetch)
  const draining = new Draining(http, () => app.inFlight)

  return {
    async listen({ port = 6566, host = '127.0.0.1' } = {}) {
      requireGuard(host, tokens.isEmpty)
      return listen(http, port, host)
    },
    async close({ grace = 10_000 } = {}) {
      stopping.abort()
      const cutOff = await draining.close(grace)
      await tenants.close()
      metrics.close()
      return { cutOff }
    },
  }
}

function limitsOf(options: ServerOptions): Limits {
  const { bodyLimit = 1 << 20, maxKeys = 10_000, maxValues = 250_000, maxEvents = 10_000 } = options
  return { body: bodyLimit, keys: maxKeys, values: maxValues, events: maxEvents }
}

/** One look at the backends for all who ask within a second. */
function looking(store: AnyStore, log: Log): () => Promise<Readiness> {
  let looked = 0
  let look: Promise<Readiness> | undefined
  return () => {
    if (look !== undefined && Date.now() - looked < lookFor) return look
    looked = Date.now()
    look = store.readiness()
    look.then(({ why }) => {
      if (why.length > 0) log.warn({ why }, 'A backend is not ready')
    })
    return look
  }
}
