/** Runs day by day: what is kept of each, and what is found to have moved. */
import { beforeAll, expect, test } from '@jest/globals'
import { batch, entity, float64, int64, sql, stream, string } from '../../src/index.js'
import { type DriftOptions, drift, setBaseline } from '../../src/plan/drift.js'
import { inspect } from '../../src/plan/inspect.js'
import { Catalog } from '../../src/registry/catalog.js'
import { describeEachDatabase } from '../servers/databases.js'
import { Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const days = { entity: user, every: '1d', start: '2026-01-01' } as const
const features = { score: float64(), plan: string(), quiet: float64({ drift: false }) }

const options = {
  ...days,
  features,
  sql: sql`SELECT user_id, score, plan, score AS quiet FROM source
    WHERE tenant = :tenant_id AND at >= :start_time AND at < :end_time`,
} as const
const scores = batch('scores', options)
const watchful = batch('scores', { ...options, drift: { baseline: 'previous' } })
const rescaled = batch('scores', {
  ...days,
  features,
  sql: sql`SELECT user_id, score * 100 AS score, plan, score AS quiet FROM source
    WHERE tenant = :tenant_id AND at >= :start_time AND at < :end_time`,
})
const visits = stream('visits', { entity: user, features: { visits: int64() } })

describeEachDatabase((given) => {
  let trial: Trial
  const scopeOf = ({ tenant, project }: Trial) => ({
    db: given.db,
    project,
    tenant,
    catalog: new Catalog(given.db, 'fstore'),
  })
  const found = async (of: Trial, options?: DriftOptions) => {
    const { groups } = await drift(scopeOf(of), { groups: ['scores'], ...options })
    const [{ status, features } = { status: '', features: [] }] = groups
    return [status, ...features.flatMap(({ feature, findings }) => findings.map((what) => `${feature} ${what}`))]
  }

  /** 500 users of a day, whose scores are 0 to 99 and moved; of every so-manyth the plan is not known. */
  const day = (tenant: string, date: string, moved: number, unknown: number) => `
    INSERT INTO source SELECT '${tenant}', 'u' || u, '${date}T12:00Z', u % 100 + ${moved},
      CASE WHEN u % ${unknown} = 0 THEN NULL WHEN u % 3 = 0 THEN 'pro' ELSE 'free' END FROM generate_series(1, 500) AS u;`

  beforeAll(async () => {
    trial = new Trial({ db: given.db }).declare(scores, visits)
    await trial.migrate()
    await trial.script(`CREATE TABLE source (tenant text, user_id text, at timestamptz, score float8, plan text);
      GRANT SELECT ON source TO fstore_app;
      INSERT INTO fstore.tenants (tenant_id) VALUES ('other');
      ${day('default', '2026-01-01', 0, 50)} ${day('default', '2026-01-02', 0, 50)} ${day('default', '2026-01-03', 1, 50)}
      ${day('other', '2026-01-01', 0, 50)} ${day('default', '2026-01-04', 60, 2)} ${day('default', '2026-01-05', 60, 2)}`)
  })

  test('a single run is its own baseline', async () => {
    await trial.built({ end: '2026-01-03' })
    expect(await found(trial)).toEqual(['single run'])
    const { runs } = await inspect(scopeOf(trial), { of: 'scores' })
    expect(runs).toMatchObject([
      { start: '2026-01-01T00:00:00Z', end: '2026-01-03T00:00:00Z', rows: 1000, sampleRows: 1000, jobId: 1 },
    ])
    expect(runs[0]?.features).toMatchObject([
      { feature: 'score', nulls: 0, distinct: 100, mean: 49.5, min: 0, max: 99 },
      { feature: 'plan', nulls: 20, distinct: 2, top: [{ value: 'free' }, { value: 'pro' }] },
      { feature: 'quiet' },
    ])
  })

  test('a day like those before is no drift, one that is not is, but where it was not asked for', async () => {
    await trial.built({ end: '2026-01-04' })
    expect(await found(trial)).toEqual(['compared'])
    await trial.built({ end: '2026-01-05' })
    expect(await found(trial)).toEqual(['compared', 'score psi', 'plan nullShare'])
  })

  test('what has run twice is held against the rows of its own windows alone', async () => {
    const [newest] = (await inspect(scopeOf(trial), { of: 'scores.score' })).runs
    expect(newest).toMatchObject({
      start: '2026-01-04T00:00:00Z',
      rows: 500,
      features: [{ feature: 'score', min: 60 }],
    })
    await trial.materialize({ groups: ['scores'], start: '2026-01-02', end: '2026-01-03' })
    const { runs } = await inspect(scopeOf(trial), { of: 'score' })
    expect(runs.map(({ start, rows }) => [start?.slice(0, 10), rows])).toEqual([
      ['2026-01-04', 500],
      ['2026-01-03', 500],
      ['2026-01-02', 500],
      ['2026-01-01', 1000],
    ])
  })

  test('each tenant has its own', async () => {
    const other = trial.as('other')
    await other.built({ end: '2026-01-02' })
    expect(await found(other)).toEqual(['single run'])
    expect((await inspect(scopeOf(other), { of: 'scores' })).runs).toMatchObject([{ rows: 500 }])
    expect(await found(trial.as('nobody'))).toEqual(['no baseline'])
  })

  test('a chosen baseline takes the place of the first run', async () => {
    expect(await setBaseline(scopeOf(trial), 'scores')).toMatchObject({ start: '2026-01-04T00:00:00Z' })
    expect(await found(trial)).toEqual(['single run'])
    const previous = new Trial({ db: given.db }).declare(watchful)
    expect(await found(previous)).toEqual(['compared', 'score psi', 'plan nullShare'])
    await trial.built({ end: '2026-01-06' })
    expect(await found(previous)).toEqual(['compared'])
    expect(await found(trial)).toEqual(['compared'])
  })

  test("another version's values are counted into its bins", async () => {
    const changed = new Trial({ db: given.db }).declare(rescaled, visits)
    await changed.as('other').built({ end: '2026-01-06' })
    await changed.built({ end: '2026-01-06' })
    expect(await found(changed)).toEqual(['single run'])
    expect(await found(changed, { against: 1 })).toEqual(['compared', 'score psi', 'plan nullShare'])
    await expect(found(changed, { against: 7 })).rejects.toMatchObject({ code: 'NAME_UNKNOWN' })
  })

  test('pushed rows are looked at as they are', async () => {
    const scope = scopeOf(trial)
    const of = async () => (await drift(scope, { groups: ['visits'] })).groups[0]?.status
    expect(await inspect(scope, { of: 'visits' })).toMatchObject({ source: 'latest', runs: [{ rows: 0, start: null }] })
    expect(await of()).toBe('no rows')
    const { table } = await trial.compiled('visits')
    await given.db.query(
      { role: 'app', tenant: 'default' },
      `INSERT INTO ${table.latest} (tenant_id, user_id, event_timestamp, created_at, written_at, visits)
       SELECT 'default', 'u' || u, now(), now(), now(), u FROM generate_series(1, 30) AS u`,
    )
    expect(await of()).toBe('no baseline')
    expect(await setBaseline(scope, 'visits')).toMatchObject({ rows: 30, start: null })
    expect(await of()).toBe('compared')
  })

  test('a failure to compute them fails no build', async () => {
    await trial.script('ALTER TABLE fstore.statistics RENAME TO elsewhere')
    const { events } = await trial.built({ end: '2026-01-07' })
    expect(events.filter(({ type }) => type === 'warning')).toMatchObject([
      { message: expect.stringContaining('statistics could not be computed') },
    ])
    await trial.script('ALTER TABLE fstore.elsewhere RENAME TO statistics')
  })
})
