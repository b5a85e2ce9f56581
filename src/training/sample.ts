/** Which rows of a spine a training set takes, and which part of it each belongs to. Seeded, so that it can be told again. */
import type { SplitSpec } from '../config/project.js'
import type { Database } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import type { Schemas } from '../offline/feature-table.js'
import {
  createSpineSql,
  dropSpine,
  measureSpine,
  ordinal,
  protectSpineSql,
  type SpineTable,
  spineName,
  spineTenant,
} from '../offline/spine-table.js'

export interface Sampling {
  /** Rows to draw; all when absent or when there are fewer. */
  readonly sample?: number | undefined
  /** A column whose proportions the sample keeps. */
  readonly stratify?: string | undefined
  readonly split?: SplitSpec | undefined
  readonly seed: number
  /** The columns that name the entities of a row. */
  readonly keys: readonly string[]
}

/** The column that says `train`, `validation` or `test`. */
export const splitColumn = 'split'

/**
 * The sample of a spine as a spine of its own, with a column `split` where the rows are split. Rows are drawn by a
 * hash of their content, so that the order in which the database yields them does not matter.
 */
export async function drawSample(
  db: Database,
  schemas: Schemas,
  spine: SpineTable,
  sampling: Sampling,
): Promise<SpineTable> {
  const { split } = sampling
  if (split !== undefined && spine.columns.some(({ name }) => name === splitColumn))
    throw new FstoreError('NAME_COLLISION', `The spine has a column "${splitColumn}", which a split dataset adds.`, {
      fix: 'Rename the column of the spine.',
    })
  const added = split === undefined ? [] : [{ name: splitColumn, type: 'text' }]
  const columns = [...spine.columns, ...added]
  const name = spineName(schemas)
  await db.transaction({ role: 'owner' }, async (tx) => {
    await tx.script(createSpineSql(name, columns))
    await tx.script(protectSpineSql(name))
  })
  try {
    const { text, parameters } = drawSql(name, spine, sampling)
    await db.query({ role: 'app', tenant: spine.tenant }, text, parameters)
    await db.query({ role: 'owner' }, `ANALYZE ${name}`)
  } catch (error) {
    await dropSpine(db, name)
    throw error
  }
  return measureSpine(db, { name, tenant: spine.tenant, columns })
}

function drawSql(target: string, spine: SpineTable, sampling: Sampling) {
  const { sample = spine.rows, stratify, split, seed, keys } = sampling
  const columns = spine.columns.map(({ name }) => identifier(name))
  const list = columns.join(', ')
  const stratum = stratify === undefined ? 'NULL' : identifier(stratify)
  const text = `
    WITH hashed AS (SELECT *, ${stratum}::text AS fstore_stratum,
        hashtextextended(ROW(${list})::text, $2::bigint) AS fstore_hash FROM ${spine.name} WHERE ${spineTenant} = $1),
    -- Shares rounded down, and the rows left over to the strata that lost most by it: the size is exact.
    shares AS (SELECT fstore_stratum, count(*) AS rows, $3::numeric * count(*) / greatest(sum(count(*)) OVER (), $3) AS share
      FROM hashed GROUP BY fstore_stratum),
    quotas AS (SELECT fstore_stratum, floor(share) + CASE WHEN row_number() OVER (
        ORDER BY share - floor(share) DESC, fstore_stratum NULLS LAST) <=
          least($3, sum(rows) OVER ()) - sum(floor(share)) OVER () THEN 1 ELSE 0 END AS quota
      FROM shares),
    ranked AS (SELECT *, row_number() OVER (PARTITION BY fstore_stratum ORDER BY fstore_hash, ${ordinal}) AS fstore_rank
      FROM hashed),
    drawn AS MATERIALIZED (SELECT ranked.* FROM ranked JOIN quotas
      ON quotas.fstore_stratum IS NOT DISTINCT FROM ranked.fstore_stratum WHERE fstore_rank <= quota)
    INSERT INTO ${target} SELECT row_number() OVER (ORDER BY ${ordinal}), ${spineTenant}, ${list}${splitSql(split, keys)}
    FROM drawn`
  return { text, parameters: [spine.tenant, seed, sample] }
}

/** By time at instants, so that rows of one instant stay together; by entity through a hash of all keys of the row. */
function splitSql(split: SplitSpec | undefined, keys: readonly string[]): string {
  if (split === undefined) return ''
  const [first, second] = [split.train, Math.min(1, split.train + split.validation)]
  const cut = (share: number) => `(SELECT percentile_disc(${share}) WITHIN GROUP (ORDER BY event_timestamp) FROM drawn)`
  const place = `(hashtextextended(ROW(${keys.map((key) => identifier(key)).join(', ')})::text, $2::bigint) & 1048575) / 1048576.0`
  const within = (share: number) =>
    split.by === 'time' ? `event_timestamp <= ${cut(share)}` : `${place} < ${share === 1 ? 2 : share}`
  return `, CASE WHEN ${within(first)} THEN 'train'${
    second > first ? ` WHEN ${within(second)} THEN 'validation'` : ''
  } ELSE 'test' END`
}
