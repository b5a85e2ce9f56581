/** Many commands one after another in one process: a start each would take longer than all of them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { nodeOptions } from '../compiled.js'
import type { Outcome, Project } from './fstore.js'

export interface Call {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** It is sent a SIGINT once it has printed this. */
  readonly interruptAt?: string
}

/** Runs calls in the folder of the project, in which it is started. */
const driver = `
const { main } = require(process.argv[1])['cli/main.ts']()
const { createInterface } = require('node:readline')
const real = process.stdout.write.bind(process.stdout)
process.stdout.setMaxListeners(0)
process.stderr.setMaxListeners(0)
async function call({ args, env = {}, interruptAt }) {
  const said = { stdout: '', stderr: '' }
  const before = { ...process.env }
  Object.assign(process.env, env)
  for (const name of ['stdout', 'stderr'])
    process[name].write = (text, ...rest) => {
      said[name] += text
      if (interruptAt !== undefined && said[name].includes(interruptAt)) {
        interruptAt = undefined
        process.kill(process.pid, 'SIGINT')
      }
      const done = rest.find((one) => typeof one === 'function')
      if (done) queueMicrotask(done)
      return true
    }
  await main(['node', 'fstore', ...args])
  process.env = before
  real(JSON.stringify({ code: process.exitCode, ...said }) + '\\n')
}
const lines = createInterface({ input: process.stdin })
let last = Promise.resolve()
lines.on('line', (line) => { last = last.then(() => call(JSON.parse(line))) })
lines.on('close', () => last.then(() => process.exit(0)))
`

export async function runMany(project: Project, calls: readonly Call[]): Promise<Outcome[]> {
  const { fstore, folder } = project
  const env = fstore.environment()
  const main = `${fstore.folder}/dist/cli/main.cjs`
  const child = spawn(process.execPath, [...nodeOptions, '-e', driver, main], {
    cwd: folder,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const outcomes: Outcome[] = []
  createInterface({ input: child.stdout }).on('line', (line) => outcomes.push(JSON.parse(line)))
  child.stdin.end(calls.map((call) => `${JSON.stringify(call)}\n`).join(''))
  await once(child, 'close')
  return outcomes
}
