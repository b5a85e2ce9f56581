/** How long calls take, one by one. */
import { median, quantile, type Spread, spread } from './spread.js'

/** Of one run, in milliseconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
  /** The run's time over its calls. */
  readonly perCall: number
}

/** So many callers at once, each waiting for its answer. */
export async function timeCalls(
  call: (i: number) => Promise<unknown>,
  { calls, callers = 1 }: { calls: number; callers?: number },
): Promise<Latency> {
  const latencies: number[] = []
  const started = performance.now()
  let next = 0
  const caller = async () => {
    while (next < calls) {
      const at = performance.now()
      await call(next++)
      latencies.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return latencyOf(latencies, performance.now() - started)
}

/** Node compiles what runs often while it runs: a second of it, as services run for days. */
export async function warmUp(call: () => Promise<unknown>, { callers = 1 }: { callers?: number } = {}): Promise<void> {
  const until = performance.now() + 1_000
  const caller = async () => {
    do await call()
    while (performance.now() < until)
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

export function latencyOf(latencies: readonly number[], took = latencies.reduce((sum, one) => sum + one, 0)): Latency {
  return { p50: median(latencies), p99: quantile(latencies, 0.99), perCall: took / latencies.length }
}

export function spreadOf(runs: readonly Latency[], key: keyof Latency): Spread {
  return spread(runs.map((one) => one[key]))
}
