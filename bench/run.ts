/** `npm run bench -- NAME… [--scale 0.1] [--runs 5] [--json FILE] [--save]`, or list, all, smoke, report. */
import { parseArgs } from 'node:util'
import { runAll } from './all.js'
import { catalogue, findEntry } from './catalogue.js'
import { machine } from './machine.js'
import { writeReport } from './report.js'
import { resultFile, runBenchmark, writeResult } from './result.js'
import { smoke } from './smoke.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: '1' },
    runs: { type: 'string' },
    minutes: { type: 'string' },
    json: { type: 'string' },
    /** Into the results that the docs show. */
    save: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
  },
})
const [verb = 'list'] = positionals

if (verb === 'list') list()
else if (verb === 'report') writeReport()
else if (verb === 'smoke') await smoke(positionals.slice(1))
else if (verb === 'all') runAll({ scale: Number(values.scale), isForced: values.force })
else for (const name of positionals) await runOne(name)

function list(): void {
  const width = Math.max(...catalogue.map(({ name }) => name.length))
  for (const { name, about, minutes } of catalogue) console.log(`${name.padEnd(width)}  ~${minutes} min  ${about}`)
}

async function runOne(name: string): Promise<void> {
  const entry = findEntry(name)
  const { cpu, cores, memoryGiB, kernel, node } = machine()
  console.log(`${name}: ${cores} × ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}`)
  const options = {
    scale: Number(values.scale),
    runs: Number(values.runs ?? entry.runs ?? 5),
    minutes: entry.apart && Number(values.minutes ?? entry.minutes),
  }
  const { run } = await entry.load()
  const result = await runBenchmark(name, options, run)
  console.log(`\n${name}: ${result.seconds} s, ${result.otherWork.toFixed(2)} cores at other work before`)
  if (values.json !== undefined) writeResult(values.json, result)
  if (values.save) writeResult(resultFile(name), result)
}
