/** Text of users' data in the log of a job of GitHub Actions: it obeys lines of whatever program. */

/** `::set-output …` at the beginning of a line, and `##[…]` anywhere in it, become text; nothing elsewhere. */
export function inert(line: string, env: NodeJS.ProcessEnv = process.env): string {
  if (env.GITHUB_ACTIONS !== 'true') return line
  return line.replace(/^(\s*):(?=:)/, '$1: ').replaceAll('##[', '## [')
}
