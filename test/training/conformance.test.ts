/** The point-in-time cases that are data: every one of them, on every database. */
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parseInstant } from '../../src/config/instant.js'
import { array, batch, bool, entity, float64, int64, sql, string, timestamp } from '../../src/index.js'
import type { AnyGroup } from '../../src/config/define.js'
import type { Database } from '../../src/db/database.js'
import { identifier } from '../../src/db/sql.js'
import { schemasOf } from '../../src/offline/feature-table.js'
import { Catalog } from '../../src/registry/catalog.js'
import { type FeatureRequest, picksOf } from '../../src/training/picks.js'
import { pointInTimeRows } from '../../src/training/rows.js'
import { Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'

type Json = Record<string, unknown>

interface Case {
  readonly id: string
  readonly why: string
  readonly groups: readonly {
    name: string
    keys: string[]
    ttl: `${number}d` | null
    features: Record<string, keyof typeof types>
    rows: Json[]
  }[]
  readonly spine: readonly Json[]
  readonly select: readonly FeatureRequest[]
  readonly options: { knownAt?: boolean }
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

const { cases } = JSON.parse(
  readFileSync(new URL('../conformance/pit-cases.json', import.meta.url), 'utf8'),
) as { cases: Case[] }

/** A group that no window fills: the cases say which rows its history has. */
function groupOf({ name, keys, ttl, features }: Case['groups'][number]): AnyGroup {
  return batch(name, {
    entity: entity(`${name}_entity`, Object.fromEntries(keys.map((key) => [key, 'string' as const]))),
    ...(ttl !== null && { ttl }),
    start: '2026-01-01',
    end: '2026-01-01T12:00:00Z',
    features: Object.fromEntries(Object.entries(features).map(([feature, type]) => [feature, types[type]()])),
    sql: sql`SELECT 1`,
  })
}

async function writeHistory(db: Database, schema: string, group: Case['groups'][number]): Promise<void> {
  const active = await db.query<{ fingerprint: string }>(
    { role: 'owner' },
    `SELECT active_fingerprint AS fingerprint FROM ${identifier(schema)}.groups WHERE name = $1`,
    [group.name],
  )
  const table = `${group.name}__${active.rows[0]?.fingerprint}`
  const columns = [...group.keys, 'event_timestamp', 'created_at', ...Object.keys(group.features)]
  for (const row of group.rows) {
    const month = parseInstant(row.event_timestamp as string).slice(0, 7)
    const part = identifier(`${schema}_offline`, `${table}_${month.replace('-', '_')}`)
    const next = new Date(`${month}-01T00:00:00Z`)
    next.setUTCMonth(next.getUTCMonth() + 1)
    await db.transaction({ role: 'owner', tenant: 'default' }, async (tx) => {
      await tx.script(`CREATE TABLE IF NOT EXISTS ${part} PARTITION OF ${identifier(`${schema}_offline`, table)}
        FOR VALUES FROM ('${month}-01Z') TO ('${next.toISOString()}')`)
      await tx.query(
        `INSERT INTO ${identifier(`${schema}_offline`, table)} (tenant_id, ${columns.map((name) => identifier(name)).join(', ')})
         VALUES ('default', ${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
        columns.map((name) => row[name]),
      )
    })
  }
}

/** As the cases write values: integers as text, instants compared as instants. */
function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

describeEachDatabase((given) => {
  test.each(cases.map((one) => [one.id, one] as const))('%s', async (id, one) => {
    const schema = id.replaceAll('-', '_')
    const trial = new Trial({ db: given.db, schema }).declare(...one.groups.map(groupOf))
    await trial.build()
    for (const group of one.groups) await writeHistory(given.db, schema, group)
    const catalog = await new Catalog(given.db, schema).entries()
    const rows = pointInTimeRows({
      db: given.db,
      schemas: schemasOf(schema),
      tenant: 'default',
      source: { rows: one.spine },
      picks: picksOf(trial.project, one.select, catalog),
      knownAt: one.options.knownAt ?? false,
    })
    const found: Json[] = []
    for await (const { spine, features } of rows) {
      const names = Object.keys(one.expect[found.length] ?? {})
      const all: Json = { ...spine, ...features }
      found.push(Object.fromEntries(names.map((name) => [name, plain(all[name])])))
    }
    expect(found).toEqual(one.expect)
    expect(found).toHaveLength(one.spine.length)
  })
})
