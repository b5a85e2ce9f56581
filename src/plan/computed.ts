/** Groups that have SQL and windows, and those that have neither. */
import type { GroupSpec } from '../config/project.js'
import { FstoreError } from '../errors.js'

/** @throws FstoreError NOT_COMPUTED */
export function requireComputed({ name, sourceType, events }: Pick<GroupSpec, 'name' | 'sourceType' | 'events'>): void {
  if (sourceType !== 'stream') return
  throw new FstoreError(
    'NOT_COMPUTED',
    `${name} is ${events === undefined ? 'pushed' : 'fed by events'}: it has no SQL to run and no windows.`,
    {
      why:
        events === undefined
          ? 'The application writes its rows with setFeature, setFeatures or `fstore push`.'
          : 'Its rows are changed by store.ingest, or `fstore ingest`.',
      fix: `See what it holds with \`fstore history\` or \`fstore get\`.`,
    },
  )
}
