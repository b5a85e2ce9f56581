/** What init says of what it did. */
import { visible } from '../format.js'
import { colors, printNote } from '../output.js'
import type { Step } from './next.js'

export function placeOf(folder: string): string {
  return folder === '' ? 'this folder' : folder
}

export function printSame(command: string): void {
  printNote(`The same without questions:\n  ${visible(command)}`)
}

export function printNext(steps: readonly Step[]): void {
  const { dim } = colors(process.stderr)
  const longest = Math.max(...steps.map(({ command }) => command.length).filter((length) => length <= 44))
  const lines = steps.map(({ command, why }) =>
    why === '' ? command : `${visible(command).padEnd(longest)}  ${dim(`# ${why}`)}`,
  )
  printNote(`Next:\n${lines.map((line) => `  ${line}`).join('\n')}`)
}
