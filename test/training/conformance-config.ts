/** The cases as one project. It is read both by tests and, copied into a folder, as the config of a command. */
import { readFileSync } from 'node:fs'
import { array, batch, bool, defineConfig, entity, float64, int64, service, sql, string, timestamp } from 'featurestore'

type Json = Readonly<Record<string, unknown>>

interface Pick {
  readonly feature: string
  readonly as: string
  readonly keys: Readonly<Record<string, string>>
}

export interface Case {
  readonly id: string
  readonly why: string
  readonly groups: readonly {
    readonly name: string
    readonly keys: readonly string[]
    readonly ttl: `${number}d` | null
    readonly features: Readonly<Record<string, keyof typeof types>>
    readonly rows: readonly (Json & { readonly event_timestamp: string; readonly created_at: string })[]
  }[]
  readonly spine: readonly Json[]
  readonly select: readonly (string | Pick)[]
  readonly options: { readonly knownAt?: boolean }
  readonly expect: readonly Json[]
}

const types = {
  int64: () => int64({ as: 'bigint' }),
  float64: () => float64(),
  string: () => string(),
  bool: () => bool(),
  timestamp: () => timestamp({ as: 'string' }),
  array: () => array(),
}

// Tests run in the repository's folder, wherever the copy lies.
export const { cases } = JSON.parse(readFileSync('test/conformance/pit-cases.json', 'utf8')) as { cases: Case[] }

/** Cases name their groups alike; here each has its own. */
export function groupName(one: Case, name: string): string {
  return `c${cases.indexOf(one)}_${name}`
}

/** A group that no window fills: the cases say which rows its history has. */
function groupsOf(one: Case) {
  return one.groups.map(({ name, keys, ttl, features }) =>
    batch(groupName(one, name), {
      entity: entity(groupName(one, `${name}_entity`), Object.fromEntries(keys.map((key) => [key, 'string' as const]))),
      ...(ttl !== null && { ttl }),
      start: '2026-01-01',
      end: '2026-01-01T12:00:00Z',
      features: Object.fromEntries(Object.entries(features).map(([feature, type]) => [feature, types[type]()])),
      sql: sql`SELECT 1`,
    }),
  )
}

const groups = cases.flatMap(groupsOf)

/** Only a service can join one group twice by a command. */
function serviceOf(one: Case) {
  const picks = one.select.map((asked) => {
    const [name = '', feature = ''] = (typeof asked === 'string' ? asked : asked.feature).split('.')
    const picked = groups.find((group) => group.name === groupName(one, name))?.pick(feature)
    if (picked === undefined) throw new Error(`No group ${name}`)
    return typeof asked === 'string' ? picked : picked.as(asked.as, asked.keys)
  })
  return service(groupName(one, 'service'), picks)
}

export default defineConfig({
  project: 'conformance',
  groups,
  services: cases.filter(({ select }) => select.some((one) => typeof one !== 'string')).map(serviceOf),
})
