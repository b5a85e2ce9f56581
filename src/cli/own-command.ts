/** The command that is running, as somebody would type it once more. */

/** @param without options that it should not have the next time */
export function ownCommand(without: readonly string[] = []): string {
  const words = process.argv.slice(2).filter((word) => !without.includes(word))
  return ['fstore', ...words.map(quoted)].join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
