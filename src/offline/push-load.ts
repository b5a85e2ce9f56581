/** What a push needs of the database under its lock: its values as the columns hold them, and the rows before them. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import type { KeyTexts } from '../config/key.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { checksOf } from '../transform/rules.js'
import { Statement } from '../transform/statement.js'
import type { CurrentRow, EntityState, Fault, Folded, FoldRow } from './push-fold.js'
import { askedSql, byName, exactSql, featureColumns, isAsked, type PushTarget, recordsSql } from './push-sql.js'
import type { PushedRow } from './pushed-row.js'
import type { Exact } from './pushed-value.js'

/** A row with its instant, in microseconds since 1970. */
export type TimedRow = PushedRow & { readonly instant: bigint }

/** @returns undefined where another version has become the live one */
export async function loadRows(
  tx: Transaction,
  target: PushTarget,
  rows: readonly TimedRow[],
): Promise<FoldRow[] | undefined> {
  const entities = new Map<string, Entity>()
  const entityOf = ({ key }: TimedRow) => entities.get(JSON.stringify(key)) as Entity
  for (const { key } of rows) entities.set(JSON.stringify(key), new Entity(key))
  const all = [...entities.values()]
  const { given, active } = await loadNear(tx, target, rows, all)
  if (active !== target.version.fingerprint) return undefined
  for (const row of rows) entityOf(row).ask(row.instant)
  await loadFar(tx, target, all)
  return rows.map((row, i) => {
    const { values, faults } = given[i] as Given
    const exact = new Map([...row.given.keys()].map((position) => [position, values[position] as Exact]))
    return { entity: entityOf(row), at: row.instant, given: exact, faults }
  })
}

/** What the fold checks itself: only it knows what a row that leaves a feature out has of it. */
export function foldedOf({ version: { features } }: PushTarget): Folded {
  const required = features.flatMap((feature, position) =>
    feature.rules.notNull === true ? [{ position, reason: `${feature.name}: is null` }] : [],
  )
  return { width: features.length, required }
}

/** An entity and what was found of it: its latest row answers most questions, the history the others. */
class Entity implements EntityState {
  readonly key: KeyTexts
  latest: CurrentRow | undefined
  readonly #found = new Map<bigint, CurrentRow | undefined>()
  #newest: bigint | undefined

  constructor(key: KeyTexts) {
    this.key = key
  }

  ask(at: bigint): void {
    if (this.latest === undefined || at < this.latest.at) this.#found.set(at, undefined)
  }

  /** What only the history knows; null for the newest of all, where there is no latest row. */
  questions(): (bigint | null)[] {
    return [...this.#found.keys(), ...(this.latest === undefined ? [null] : [])]
  }

  answer(question: bigint | null, row: CurrentRow): void {
    if (question === null) this.#newest = row.at
    else this.#found.set(question, row)
  }

  before(at: bigint): CurrentRow | undefined {
    return this.latest !== undefined && at >= this.latest.at ? this.latest : this.#found.get(at)
  }

  get newest(): bigint | undefined {
    return this.latest?.at ?? this.#newest
  }
}

interface Given {
  readonly values: readonly Exact[]
  readonly faults: readonly Fault[]
}

interface NearRow {
  readonly kind: 'given' | 'latest'
  readonly i: number
  readonly at: string
  readonly created: string
  readonly faults: readonly number[]
  readonly row: string
  /** The fingerprint of the live version. */
  readonly active: string
}

/** Rules that what is given breaks by itself. */
function checks({ version: { features } }: PushTarget) {
  return features.flatMap((feature, position) => {
    const { notNull: _, ...rules } = feature.rules
    return checksOf({ ...feature, rules }).map((check) => ({ ...check, position }))
  })
}

/** What is given, typed and checked, and the latest rows of its entities: in one round trip, since few need more. */
async function loadNear(tx: Transaction, target: PushTarget, rows: readonly TimedRow[], entities: readonly Entity[]) {
  const statement = new Statement()
  const documents = rows.map(({ given }, i) => ({ '#': i, ...byName(target, given) }))
  const checked = checks(target)
  const faults = checked.map(({ violated }, c) => `CASE WHEN ${violated} THEN ${c} END`)
  const asked = entities.map(({ key }) => ({ key, at: null }))
  statement.add(`
    WITH given AS (SELECT * FROM ${recordsSql(statement, documents, [['#', 'int'], ...featureColumns(target)])})
    SELECT 'given' AS kind, "#" AS i, NULL::timestamptz AS at, NULL::timestamptz AS created,
      array_remove(ARRAY[${faults.join(', ')}]::int[], NULL) AS faults, ${exactSql(target, 'given')}::text AS row,
      (SELECT active_fingerprint FROM ${identifier(target.schema)}.groups
       WHERE name = ${statement.bind(target.version.group)}) AS active
    FROM given
    UNION ALL
    SELECT 'latest', asked.i, l.event_timestamp, l.created_at, NULL, ${exactSql(target, 'l')}::text, NULL
    FROM ${askedSql(statement, target, asked)} JOIN ${target.table.latest} AS l ON ${isAsked(statement, target, 'l')}
    WHERE l.superseded_at IS NULL`)
  const result = await tx.query<NearRow>(statement.text, statement.parameters)
  const given: Given[] = []
  let active: string | undefined
  for (const near of result.rows)
    if (near.kind === 'latest') (entities[near.i] as Entity).latest = currentRow(near)
    else {
      given[near.i] = { values: JSON.parse(near.row), faults: near.faults.map((c) => checked[c] as Fault) }
      active = near.active
    }
  return { given, active }
}

/** Rows older than the latest one, and those of entities that have none. */
async function loadFar(tx: Transaction, target: PushTarget, entities: readonly Entity[]): Promise<void> {
  const questions = entities.flatMap((entity) => entity.questions().map((question) => ({ entity, question })))
  if (questions.length === 0) return
  const statement = new Statement()
  const asked = questions.map(({ entity: { key }, question }) => ({
    key,
    at: question === null ? 'infinity' : fromMicroseconds(question),
  }))
  statement.add(`
    SELECT asked.i, h.event_timestamp AS at, h.created_at AS created, ${exactSql(target, 'h')}::text AS row
    FROM ${askedSql(statement, target, asked)} JOIN LATERAL (SELECT * FROM ${target.table.history} AS h
      WHERE ${isAsked(statement, target, 'h')} AND h.superseded_at IS NULL AND h.event_timestamp <= asked.at
      ORDER BY h.event_timestamp DESC, h.created_at DESC LIMIT 1) AS h ON true`)
  const { rows } = await tx.query<Pick<NearRow, 'i' | 'at' | 'created' | 'row'>>(statement.text, statement.parameters)
  for (const row of rows) {
    const { entity, question } = questions[row.i] as (typeof questions)[number]
    entity.answer(question, currentRow(row))
  }
}

function currentRow({ at, created, row }: Pick<NearRow, 'at' | 'created' | 'row'>): CurrentRow {
  return { at: toMicroseconds(at), createdAt: created, values: JSON.parse(row) }
}
