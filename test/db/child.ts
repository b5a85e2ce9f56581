/** Runs a TypeScript file of the tests in a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { compileScript, nodeOptions } from '../compiled.js'

export interface Child {
  readonly process: ChildProcess
  /** The next line it prints. */
  line(): Promise<string>
  /** Ends its standard input and waits until it is gone. */
  end(): Promise<void>
}

export async function startChild(file: string, ...args: readonly string[]): Promise<Child> {
  const script = await compileScript(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [...nodeOptions, script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  // Made at once: lines printed before there is an iterator are lost.
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    process: child,
    line: async () => (await lines.next()).value ?? '',
    end: async () => {
      child.stdin.end()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
