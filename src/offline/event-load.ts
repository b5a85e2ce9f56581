/** What a fold needs of the database under its lock: the rows of its entities, and which events were applied before. */
import { parseInstant, toMicroseconds } from '../config/instant.js'
import type { KeyTexts } from '../config/key.js'
import type { Transaction } from '../db/database.js'
import { identifier, literal } from '../db/sql.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { Statement } from '../transform/statement.js'
import type { EntityRow, GroupEvent } from './event-fold.js'
import type { Unlike } from './event-rules.js'
import { stateColumn } from './feature-table.js'
import { askedSql, exactSql, isAsked, type PushTarget } from './push-sql.js'
import type { Exact } from './pushed-value.js'

export interface Loaded {
  readonly rows: ReadonlyMap<string, EntityRow>
  readonly applied: ReadonlySet<string>
}

interface Found {
  readonly kind: 'latest' | 'applied' | 'active'
  readonly i: number
  readonly at: string
  readonly created: string
  readonly row: string
  readonly state: string
  readonly text: string | null
}

/** In one round trip. @returns undefined where another version has become the live one */
export async function loadEntities(
  tx: Transaction,
  target: PushTarget,
  events: readonly GroupEvent[],
): Promise<Loaded | undefined> {
  const { schema, version, table, tenant } = target
  const keys = [
    ...new Map(events.flatMap(({ key }) => (key === undefined ? [] : [[JSON.stringify(key), key]]))).entries(),
  ]
  const statement = new Statement()
  const s = identifier(schema)
  const ids = statement.bind([...new Set(events.map(({ info }) => info.id))])
  const asked = keys.map(([, key]) => ({ key: key as KeyTexts, at: null }))
  statement.add(`
    SELECT 'latest' AS kind, asked.i, l.event_timestamp AS at, l.created_at AS created,
      ${exactSql(target, 'l')}::text AS row, l.${stateColumn}::text AS state, NULL AS text
    FROM ${askedSql(statement, target, asked)} JOIN ${table.latest} AS l ON ${isAsked(statement, target, 'l')}
    WHERE l.superseded_at IS NULL
    UNION ALL
    SELECT 'applied', NULL, NULL, NULL, NULL, NULL, event_id FROM ${s}.applied_events
    WHERE tenant_id = ${statement.bind(tenant)} AND group_name = ${statement.bind(version.group)}
      AND fingerprint = ${statement.bind(version.fingerprint)} AND event_id = ANY (${ids}::text[])
    UNION ALL
    SELECT 'active', NULL, NULL, NULL, NULL, NULL, active_fingerprint FROM ${s}.groups
    WHERE name = ${statement.bind(version.group)}`)
  const { rows: found } = await tx.query<Found>(statement.text, statement.parameters)
  if (found.find(({ kind }) => kind === 'active')?.text !== version.fingerprint) return undefined
  const rows = found.filter(({ kind }) => kind === 'latest')
  return {
    rows: new Map(rows.map((row) => [(keys[row.i] as [string, unknown])[0], entityRow(version.features, row)])),
    applied: new Set(found.flatMap(({ kind, text }) => (kind === 'applied' ? [text as string] : []))),
  }
}

function entityRow(features: readonly FeatureSnapshot[], { at, created, row, state }: Found): EntityRow {
  const values = (JSON.parse(row) as Exact[]).map((value, i) =>
    features[i]?.dataType === 'timestamp' && value !== null ? parseInstant(value as string) : value,
  )
  return { at: toMicroseconds(at), createdAt: created, values, state: JSON.parse(state) }
}

/** What PostgreSQL says of texts and patterns. It is asked once of each; until it has answered, a text is sound. */
export class Patterns {
  readonly #features: readonly FeatureSnapshot[]
  readonly #known = new Map<string, boolean>()
  readonly #asked = new Map<string, readonly [position: number, text: string]>()

  constructor(features: readonly FeatureSnapshot[]) {
    this.#features = features
  }

  readonly unlike: Unlike = (position, text) => {
    const question = `${position} ${text}`
    const known = this.#known.get(question)
    if (known === undefined) this.#asked.set(question, [position, text])
    return known ?? false
  }

  /** @returns whether there was anything to ask: what was folded so far was folded without the answer */
  async learn(tx: Transaction): Promise<boolean> {
    const asked = [...this.#asked]
    this.#asked.clear()
    if (asked.length === 0) return false
    const statement = new Statement()
    const positions = statement.bind(asked.map(([, [position]]) => position))
    const texts = statement.bind(asked.map(([, [, text]]) => text))
    const patterns = [...new Set(asked.map(([, [position]]) => position))].map(
      (position) => `WHEN ${position} THEN text !~ ${literal(String(this.#features[position]?.rules.pattern))}`,
    )
    statement.add(`SELECT n::int - 1 AS i, CASE position ${patterns.join(' ')} END AS unlike
      FROM unnest(${positions}::int[], ${texts}::text[]) WITH ORDINALITY AS asked (position, text, n)`)
    const { rows } = await tx.query<{ i: number; unlike: boolean }>(statement.text, statement.parameters)
    for (const { i, unlike } of rows) this.#known.set((asked[i] as (typeof asked)[number])[0], unlike)
    return true
  }
}
