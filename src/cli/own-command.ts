/** The command that is running, as somebody would type it once more. */
import { shellWord } from './shell-word.js'

/** @param without options that it should not have the next time */
export function ownCommand(without: readonly string[] = []): string {
  const words = process.argv.slice(2).filter((word) => !without.includes(word))
  return ['fstore', ...words.map(shellWord)].join(' ')
}
