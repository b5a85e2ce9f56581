/** A question to a person before something is destroyed or moved. */
import { createInterface } from 'node:readline/promises'
import { FstoreError } from '../errors.js'
import { isInteractive } from './output.js'

/**
 * @param what is to be done, as a question without its mark
 * @param yes it was said already, by a flag
 * @throws FstoreError USAGE where nobody is there to answer
 */
export async function confirm(what: string, yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true
  if (!isInteractive())
    throw new FstoreError('USAGE', 'This needs --yes where nobody can be asked.', {
      why: `${what}?`,
      fix: 'See what would happen with --dry-run, and add --yes.',
    })
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${what}? [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
