import { FstoreError } from '../../errors.js'
import type { ComparedVersion, VersionDiff } from '../../plan/version-diff.js'
import { changeLines } from '../change.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { colors, printJson, printResult } from '../output.js'

export async function run(
  group: string,
  from: string | undefined,
  to: string | undefined,
  options: Globals,
): Promise<number> {
  const request = { group, from: parseVersion(from), to: parseVersion(to) }
  return withStore(options, async ({ store }) => {
    const diff = await store.diff(request)
    if (options.json) printJson({ ...diff })
    else print(diff)
    return 0
  })
}

/** `2`, `v2`, `@2`. @throws FstoreError USAGE */
export function parseVersion(text: string | undefined): number | undefined {
  const version = Number(text?.replace(/^[v@]/, ''))
  if (text === undefined || (Number.isSafeInteger(version) && version > 0))
    return text === undefined ? undefined : version
  throw new FstoreError('USAGE', `${text} is not the number of a version.`, {
    fix: 'Write a number such as 2; `fstore versions` lists them.',
  })
}

function print({ group, before, after, same, change }: VersionDiff): void {
  const c = colors(process.stdout)
  if (same) {
    const both = before.version === after.version ? 'there is only' : `${name(before)} is the same as`
    printResult(`${group}: ${both} ${name(after)}.`)
    return
  }
  printResult(c.bold(`${group}: ${name(before)} → ${name(after)}`))
  printResult(`${change.kind}: ${change.reasons.join('; ')}`)
  for (const line of changeLines(change, c)) printResult(`  ${line}`)
}

function name({ version, live, declared }: ComparedVersion): string {
  const number = version === null ? 'the config' : `version ${version}`
  const notes = [...(live ? ['live'] : []), ...(declared === true && version !== null ? ['what the config says'] : [])]
  return notes.length === 0 ? number : `${number} (${notes.join(', ')})`
}
