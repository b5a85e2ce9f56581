/** Every benchmark at a size of seconds: it runs, and every side gives the same. Their figures mean nothing. */
import { catalogue, type Entry, findEntry } from './catalogue.js'
import { runBenchmark } from './result.js'

const scale = 0.002

const isShort = ({ python, long, apart }: Entry) => !python && !long && !apart

export async function smoke(names: readonly string[]): Promise<void> {
  const chosen = names.length > 0 ? names.map(findEntry) : catalogue.filter(isShort)
  for (const { name, load } of chosen) {
    const { run } = await load()
    const { tables, seconds } = await runBenchmark(name, { scale, runs: 1, smoke: true }, run)
    if (tables.length === 0) throw new Error(`${name} measured nothing`)
    console.log(`smoke: ${name}, ${seconds} s`)
  }
}
