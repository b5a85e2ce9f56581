/** What a route is: the one description that serving it and the OpenAPI document are made from. */
import type { z } from 'zod'
import type { AnyStore } from '../store.js'
import type { Metrics } from './metrics.js'
import type { TenantStores } from './tenant-stores.js'
import type { Bearer, Scope } from './tokens.js'

export interface Limits {
  /** Bytes of a body. */
  readonly body: number
  /** Entities of one read. */
  readonly keys: number
  /** Values of one answer: entities times features. */
  readonly values: number
  /** Events of one call. */
  readonly events: number
}

export interface Reply {
  readonly status: number
  readonly text: string
  /** JSON unless told. */
  readonly type?: string
  /** For the log. */
  readonly told?: object
}

export interface Call<Body> {
  readonly body: Body
  /** Of the tenant that the request is about; where it is not about one, the server's own. */
  readonly store: AnyStore
  readonly bearer: Bearer
  /** That the request, or its token, names. */
  readonly tenant: string | undefined
  /** What every route may need of the server. */
  readonly server: Served
}

export interface Served {
  readonly limits: Limits
  readonly metrics: Metrics
  readonly tenants: TenantStores
  /** The server is shutting down: work that takes long stops where it can. */
  readonly stopping: AbortSignal
}

export interface Route<Body = any> {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  /** The right that it takes; absent: anyone may ask. */
  readonly scope?: Scope
  /**
   * What it is about: one tenant unless told; `tenants`: those that it finds itself; `server`: all there is, so that a
   * token for one tenant does not open it.
   */
  readonly about?: 'tenants' | 'server'
  readonly body?: z.ZodType<Body>
  /** The body may come under any name of a type, as clients of old send it: reading changes nothing. */
  readonly takesAnyType?: boolean
  readonly answer: z.ZodType | 'text'
  /** It takes as long as it takes. */
  readonly isLong?: boolean
  /** Statuses besides 200 that come with the answer and not with an error. */
  readonly alsoAnswers?: readonly number[]
  run(call: Call<Body>): Promise<Reply>
}

/** A route whose body has the type of its schema. */
export function route<Schema extends z.ZodType>(
  declared: Omit<Route, 'run' | 'body'> & {
    readonly body?: Schema
    run(call: Call<z.output<Schema>>): Promise<Reply>
  },
): Route {
  return declared as Route
}

export function json(document: unknown, status = 200): Reply {
  return { status, text: JSON.stringify(document) }
}
