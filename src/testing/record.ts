/** Writes a fixture from what a store has: the source rows of one entity, and its features as they are. */
import { fromMicroseconds, parseInstant, toMicroseconds } from '../config/instant.js'
import type { GroupSpec } from '../config/project.js'
import { findGroup } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import { floorTo } from '../pipeline/window.js'
import type { SourceRowsOptions } from '../plan/source-rows.js'
import type { AnyStore } from '../store.js'
import { plain } from './compare.js'
import type { Fixture } from './fixture.js'
import { type FixtureScope, runFixture } from './run-fixture.js'

export interface RecordRequest {
  readonly group: string
  readonly key: Readonly<Record<string, unknown>>
  /** The newest window of the group when absent. */
  readonly at?: string | undefined
}

/**
 * Runs what it has recorded before it hands it over.
 *
 * @throws FstoreError NAME_UNKNOWN, NOT_COMPUTED, NOT_BUILT, KEY_INVALID, FIXTURE_INVALID where the rows it may take do not give the values of the store
 */
export async function recordFixture(
  { store, ...scope }: FixtureScope & { readonly store: AnyStore },
  request: RecordRequest,
): Promise<Fixture> {
  const group = findGroup(scope.project, request.group)
  const { key } = request
  const at = await instantOf(store, group, request)
  const features = group.features.map(({ name }) => `${group.name}.${name}`)
  const { values, features: found } = await store.featuresAt({ entity: group.entity.name, key, features, at })
  if (Object.values(found).every(({ status }) => status === 'NOT_FOUND')) throw nothing(group, key)
  const expected = Object.fromEntries(group.features.map(({ name }) => [name, plain(values[`${group.name}.${name}`])]))
  const tenant = store.tenant === 'default' ? {} : { tenant: store.tenant }
  let cut: readonly string[] = []
  let tried = ''
  for (const attempt of attempts(key, at)) {
    const sources = await store.sourceRows({ group: group.name, at, ...attempt })
    const tables = Object.fromEntries(sources.map(({ name, columns, rows }) => [name, { columns, rows: [...rows] }]))
    cut = sources.filter(({ isCut }) => isCut).map(({ name }) => name)
    if (cut.length > 0 || JSON.stringify(tables) === tried) continue
    tried = JSON.stringify(tables)
    const fixture: Fixture = { group: group.name, at, ...tenant, tables, expect: [{ ...key, ...expected }] }
    const { differences } = await runFixture(scope, fixture, 'the recorded fixture')
    if (differences.length === 0) return fixture
  }
  throw new FstoreError('FIXTURE_INVALID', `The rows recorded for ${group.name} do not give what the store has.`, {
    why:
      cut.length > 0
        ? `More than 1,000 rows of ${cut.join(', ')} would be needed.`
        : 'Its sources have changed since it was built, or it reads rows of groups from windows before this one.',
    fix: 'Write the fixture by hand, with fewer rows; see docs/testing.md.',
  })
}

/** Days that most SQL looks back on. */
const spans = [10, 45, 400]

/** From few rows to many: of the entity alone and of late, then of longer ago, then those of others, as a rank needs. */
function attempts(key: RecordRequest['key'], at: string): Pick<SourceRowsOptions, 'key' | 'since'>[] {
  const since = spans.map((days) => fromMicroseconds(toMicroseconds(at) - BigInt(days) * 86_400_000_000n))
  return [key, undefined].flatMap((only) => [...since, undefined].map((from) => ({ key: only, since: from })))
}

async function instantOf(store: AnyStore, group: GroupSpec, { key, at }: RecordRequest): Promise<string> {
  if (at !== undefined) return fromMicroseconds(floorTo(toMicroseconds(parseInstant(at)), group.every))
  const names = group.features.map(({ name }) => `${group.name}.${name}`)
  const { features } = await store.getFeatures({ entity: group.entity.name, key, features: names })
  const newest = Object.values(features).find(({ eventTimestampText }) => eventTimestampText !== null)
  if (newest?.eventTimestampText) return newest.eventTimestampText
  throw nothing(group, key)
}

function nothing(group: GroupSpec, key: RecordRequest['key']): FstoreError {
  const words = Object.entries(key).map(([name, value]) => `${name}=${value}`)
  return new FstoreError('FIXTURE_INVALID', `${group.name} has nothing of ${words.join(' ')} to record.`, {
    fix: 'Name another key, or an instant at which it has: --at 2026-01-31.',
  })
}
