import { z } from 'zod'
import { field, readFields } from './fields.js'
import { type GroupFields, shape } from './group-fields.js'
import type { Report } from './report.js'

const refused = (why: string) =>
  field<never>(() => ({ message: why, fix: 'Take it out, or declare the group with batch().' }))

const noWindows = refused('a stream group has no windows: a row is written when it is pushed')

/** What a computed group has and a pushed one cannot. */
const computed = {
  sql: refused('a stream group is pushed, not computed: SQL would overwrite what the application wrote'),
  every: noWindows,
  start: noWindows,
  end: noWindows,
  maxRejected: noWindows,
  schedule: refused('nothing of a stream group is ever due: a row is written when it is pushed'),
}

/** The options of a group whose rows the application pushes. */
export function readStream(raw: Record<string, unknown>, path: string, report: Report): GroupFields {
  const own = { ...shape, ...computed, version: z.int().min(1) }
  const fields = readFields({ raw, shape: own, path, what: 'a stream group', report })
  const { name, sourceType: _, entity: __, features: ___, tags = [], status = 'active', ...others } = fields
  const { version: revision = 1, partition = 'month', ...rest } = others
  return { ...rest, name: String(name), sourceType: 'stream', revision, every: 0, tags, status, partition }
}

export function checkStream(raw: Record<string, unknown>, path: string, report: Report): void {
  for (const [name, feature] of Object.entries((raw.features ?? {}) as Record<string, { sql?: unknown } | undefined>))
    if (feature?.sql !== undefined)
      report(
        `${path}.features.${name}.sql`,
        'a feature of a stream group is pushed, not computed',
        'Take it out, or move the feature to a batch() group.',
      )
}
