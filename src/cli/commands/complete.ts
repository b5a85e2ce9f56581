import type { Command } from 'commander'
import { completions } from '../completion.js'
import { printResult } from '../output.js'

/** Asked by the shells' scripts: a line each of a word, a tab, and what it is. */
export async function run(words: readonly string[], program: Command): Promise<number> {
  for (const [word, description = ''] of await completions(words, program)) printResult(`${word}\t${description}`)
  return 0
}
