/** What a benchmark found, as it is kept in a file. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from './harness.js'
import { commit, coresAtWork, type Machine, machine, versions } from './machine.js'
import { plainTable, type Table } from './table.js'

export interface Result {
  readonly name: string
  readonly at: string
  readonly commit: string
  readonly scale: number
  readonly runs: number
  /** For which it went on; absent where it is a matter of runs. */
  readonly minutes?: number
  readonly seconds: number
  readonly machine: Machine
  /** Of servers and packages. */
  readonly versions: Readonly<Record<string, string>>
  /** Cores at other work, just before it began. */
  readonly otherWork: number
  readonly tables: readonly Table[]
}

/** The results that the docs show. */
const folder = fileURLToPath(new URL('./results/', import.meta.url))

export function resultFile(name: string): string {
  return join(folder, `${name}.json`)
}

/** Runs a benchmark, telling on stdout how it goes. */
export async function runBenchmark(
  name: string,
  options: Pick<Bench, 'scale' | 'runs'> & Partial<Bench>,
  run: (bench: Bench) => Promise<void>,
): Promise<Result> {
  const tables: Table[] = []
  const otherWork = await coresAtWork()
  const started = performance.now()
  const { scale, runs, minutes, smoke = false } = options
  await run({
    ...{ scale, runs, minutes, smoke },
    say: (line) => console.log(line),
    keep(table) {
      tables.push(table)
      console.log(`\n${plainTable(table)}`)
    },
  })
  return {
    ...{ name, at: new Date().toISOString(), commit: commit(), scale, runs, ...(minutes !== undefined && { minutes }) },
    seconds: Math.round((performance.now() - started) / 1000),
    machine: machine(),
    versions: Object.fromEntries(versions),
    ...{ otherWork, tables },
  }
}

/** Three digits are as many as such a figure has. */
export function writeResult(file: string, result: Result): void {
  const round = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(result, round, 2)}\n`)
}

export function readResult(name: string): Result | undefined {
  const file = resultFile(name)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result) : undefined
}
