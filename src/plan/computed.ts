/** Groups that have SQL and windows, and those that have neither. */
import type { GroupSpec } from '../config/project.js'
import { FstoreError } from '../errors.js'

/** @throws FstoreError NOT_COMPUTED */
export function requireComputed({ name, sourceType }: Pick<GroupSpec, 'name' | 'sourceType'>): void {
  if (sourceType !== 'stream') return
  throw new FstoreError('NOT_COMPUTED', `${name} is pushed: it has no SQL to run and no windows.`, {
    why: 'The application writes its rows with setFeature, setFeatures or `fstore push`.',
    fix: `See what it holds with \`fstore history\` or \`fstore get\`.`,
  })
}
