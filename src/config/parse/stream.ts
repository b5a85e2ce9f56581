import { z } from 'zod'
import { parseEvents } from './events.js'
import { duration, field, readFields } from './fields.js'
import { type GroupFields, shape } from './group-fields.js'
import type { Report } from './report.js'

const refused = (why: string, fix = 'Take it out, or declare the group with batch().') =>
  field<never>(() => ({ message: why, fix }))

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

const version = z.int().min(1)

/** Of a group that events feed, besides what parseEvents reads. */
const fed = { ...shape, ...computed, version, events: z.unknown(), on: z.unknown(), remember: duration }

const noEvents = refused('means something only where events feed the group', 'Write events: { … }, or take it out.')
const pushed = { ...shape, ...computed, version, events: z.unknown(), on: noEvents, remember: noEvents }

/** Seconds: 30 days. */
const remembered = 30 * 86_400

/** The options of a group whose rows the application pushes, or whose rows events change. */
export function readStream(raw: Record<string, unknown>, path: string, report: Report): GroupFields {
  const isFed = raw.events !== undefined
  const fields = readFields({ raw, shape: isFed ? fed : pushed, path, what: 'a stream group', report })
  const { name, sourceType: _, entity: __, features: ___, tags = [], status = 'active', ...others } = fields
  const { version: revision = 1, partition = 'month', events: ____, on: _____, remember = remembered, ...rest } = others
  const own = { name: String(name), sourceType: 'stream', revision, every: 0, tags, status, partition } as const
  return isFed ? { ...rest, ...own, events: parseEvents(raw, path, report), remember } : { ...rest, ...own }
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
