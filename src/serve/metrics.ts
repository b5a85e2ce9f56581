/** What Prometheus is told. No label has more values than there are routes, statuses and tiers. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { FeatureValue } from '../config/inference.js'
import type { AnyRead } from '../online/reader.js'
import type { Readiness } from '../plan/readiness.js'

type Value = FeatureValue<unknown>

/** Seconds. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface Observed {
  /** As it is declared, or `unknown`. */
  readonly route: string
  readonly method: string
  readonly status: number
  readonly seconds: number
}

interface Gauges {
  /** Requests under way. */
  inFlight(): number
  /** Stores of tenants that are open, besides the server's own. */
  tenants(): number
  readiness(): Promise<Readiness>
}

export class Metrics {
  readonly #registry = new Registry()
  readonly #registers = [this.#registry]
  readonly #requests = new Counter({
    name: 'fstore_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'method', 'status'],
    registers: this.#registers,
  })
  readonly #durations = new Histogram({
    name: 'fstore_http_request_duration_seconds',
    help: "From a request's head to its answer.",
    labelNames: ['route'],
    buckets,
    registers: this.#registers,
  })
  readonly #skipped = new Counter({
    name: 'fstore_tier_skipped_total',
    help: 'Reads that passed over a tier that failed.',
    labelNames: ['tier'],
    registers: this.#registers,
  })
  readonly #builds = new Counter({
    name: 'fstore_materialize_runs_total',
    help: 'Runs over a tenant by what became of them.',
    labelNames: ['status'],
    registers: this.#registers,
  })
  /** By tier and status: counting must cost nothing. They are told when they are asked for. */
  readonly #values: Record<string, Record<string, number>> = {}
  readonly #children = new Map<string, { count: Counter.Internal; duration: Histogram.Internal<string> }>()

  constructor({ inFlight, tenants, readiness }: Gauges) {
    const registers = this.#registers
    collectDefaultMetrics({ register: this.#registry })
    this.#gauge('fstore_http_requests_in_flight', 'Requests under way.', inFlight)
    this.#gauge('fstore_tenant_stores', "Stores of tenants that are open, besides the server's own.", tenants)
    const values = this.#values
    new Counter({
      name: 'fstore_values_total',
      help: 'Values answered with.',
      labelNames: ['source', 'status'],
      registers,
      collect() {
        this.reset()
        for (const [source, counts] of Object.entries(values))
          for (const [status, count] of Object.entries(counts)) this.inc({ source, status }, count)
      },
    })
    new Gauge({
      name: 'fstore_backend_ready',
      help: 'Whether it answers, and reads use it.',
      labelNames: ['backend'],
      registers,
      async collect() {
        const { database, redis, passesRedis } = await readiness()
        this.set({ backend: 'database' }, database === 'ready' ? 1 : 0)
        if (redis !== 'none') this.set({ backend: 'redis' }, redis === 'ready' && !passesRedis ? 1 : 0)
      },
    })
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: this.#registers,
      collect() {
        this.set(read())
      },
    })
  }

  observe({ route, method, status, seconds }: Observed): void {
    const labels = `${route} ${method} ${status}`
    let child = this.#children.get(labels)
    if (child === undefined) {
      child = { count: this.#requests.labels(route, method, String(status)), duration: this.#durations.labels(route) }
      this.#children.set(labels, child)
    }
    child.count.inc()
    child.duration.observe(seconds)
  }

  /** A value that was answered with. */
  readonly count = (source: Value['source'], status: Value['status']): void => {
    const tier = source ?? 'none'
    let counts = this.#values[tier]
    if (counts === undefined) {
      counts = { PRESENT: 0, NULL_VALUE: 0, NOT_FOUND: 0, EXPIRED: 0 }
      this.#values[tier] = counts
    }
    counts[status] = (counts[status] ?? 0) + 1
  }

  /** Tiers that a read passed over. */
  skip([read]: readonly AnyRead[]): void {
    for (const { tier } of read?.metadata.skipped ?? []) this.#skipped.inc({ tier })
  }

  built(status: string): void {
    this.#builds.inc({ status })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  close(): void {
    this.#registry.clear()
  }
}
