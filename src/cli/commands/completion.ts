import { scripts } from '../completion.js'
import { printResult } from '../output.js'

export async function run(shell: keyof typeof scripts): Promise<number> {
  printResult(scripts[shell])
  return 0
}
