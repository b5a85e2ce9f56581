/** All benchmarks one after another, each in a process of its own. What this commit has figures of is not run again. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { catalogue, type Entry } from './catalogue.js'
import { commit } from './machine.js'
import { writeReport } from './report.js'
import { readResult } from './result.js'

const program = fileURLToPath(new URL('./run.js', import.meta.url))

export function runAll({ scale, isForced }: { scale: number; isForced: boolean }): void {
  const all = catalogue.filter(({ apart }) => !apart)
  const due = isForced ? all : all.filter((entry) => !isDone(entry, scale))
  const minutes = due.reduce((sum, entry) => sum + minutesOf(entry, scale), 0)
  console.log(`${due.length} of ${all.length} benchmarks are due: about ${Math.ceil(minutes)} minutes.`)
  console.log('Stop it at any time: those that ended are kept, and the next `all` goes on with the others.')
  const failed = due.filter((entry, i) => {
    console.log(`\n== ${entry.name} (${i + 1} of ${due.length})`)
    const words = [program, entry.name, '--scale', String(scale), '--save']
    return spawnSync(process.execPath, words, { stdio: 'inherit' }).status !== 0
  })
  writeReport()
  if (failed.length === 0) return
  console.error(`Failed: ${failed.map(({ name }) => name).join(', ')}`)
  process.exitCode = 3
}

function isDone({ name }: Entry, scale: number): boolean {
  const result = readResult(name)
  return result !== undefined && result.commit === commit() && result.scale === scale
}

/** As long as the last time, where there was one. */
function minutesOf({ name, minutes }: Entry, scale: number): number {
  const result = readResult(name)
  return result === undefined ? minutes * scale : (result.seconds / 60) * (scale / result.scale)
}
