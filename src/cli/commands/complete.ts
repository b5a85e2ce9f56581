import { completions } from '../completion.js'
import { printResult } from '../output.js'

/** Asked by the shells' scripts: a line each of a word, a tab, and what it is. */
export async function run(words: readonly string[]): Promise<number> {
  for (const [word, description = ''] of await completions(words)) printResult(`${word}\t${description}`)
  return 0
}
