/** Every mistake at once, against the database itself, and nothing written. */
import { beforeAll, expect, test } from '@jest/globals'
import {
  type AnyGroup,
  type BatchOptions,
  batch,
  defineConfig,
  type Entity,
  entity,
  type Features,
} from '../../src/config/define.js'
import { parseConfig } from '../../src/config/parse.js'
import { bool, dataset, float64, int64, service, string, timestamp } from '../../src/index.js'
import { validateProject } from '../../src/plan/validate.js'
import { describeEachDatabase } from '../servers/databases.js'
import { sqlOf, Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const group = <F extends Features>(name: string, text: string | undefined, features: F, more: object = {}) =>
  batch(name, { entity: user, ...(text !== undefined && { sql: sqlOf(text) }), features, ...more } as BatchOptions<
    Entity,
    F
  >)

describeEachDatabase((given) => {
  beforeAll(async () => {
    await new Trial({ db: given.db }).script('CREATE TABLE orders (user_id text, at timestamptz, amount numeric)')
  })

  async function findings(groups: readonly AnyGroup[], more: object = {}) {
    const project = parseConfig(defineConfig({ project: 'trial', groups: [...groups], ...more }))
    const scope = { db: given.db, project, root: '/', files: [], tenant: 'default' }
    const { findings: all, ...counts } = await validateProject(scope)
    const lines = all.map(({ severity, code, group, dataset, message, where }) =>
      [severity, code, group ?? dataset ?? '-', message, where && `${where.line}:${where.column}`]
        .filter(Boolean)
        .join(' | '),
    )
    // Of a server that has no such role yet.
    return { ...counts, lines: lines.filter((line) => !line.includes('comes with `fstore migrate`')) }
  }

  const tables = async () => {
    const sql = `SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`
    return (await given.db.query({ role: 'owner' }, sql)).rows
  }

  test('nothing is wrong with what is right, and nothing is written', async () => {
    const before = await tables()
    const spent = group('spent', 'SELECT user_id, count(*) AS n FROM orders WHERE at < :end_time GROUP BY 1', {
      n: int64(),
    })
    const reader = group('reader', 'SELECT user_id, n + 1 AS m FROM fstore_offline.spent', { m: int64() })
    expect(await findings([reader, spent])).toEqual({ groups: 2, datasets: 0, errors: 0, warnings: 0, lines: [] })
    expect(await tables()).toEqual(before)
  })

  test('every mistake is told, of one group too', async () => {
    const { errors, warnings, lines } = await findings([
      group('unread', 'SELECT user_id, (n', { n: int64() }),
      group('reader', 'SELECT user_id, n AS m FROM fstore_offline.unread', { m: int64() }),
      group('lost', 'SELECT user_id, n\nFROM fstore_offline.nowhere', { n: int64() }),
      group('wrong', "SELECT 'x' AS n,\n  amount AS a, now() AS t, 1 AS more FROM orders", {
        n: int64(),
        a: float64(),
        t: timestamp(),
      }),
      group('typo', 'SELECT user_id,\n  amuont AS n FROM orders', { n: float64() }),
      group('apart', undefined, {
        a: int64({ sql: sqlOf('SELECT user_id, random() AS value FROM orders') }),
        b: int64({ sql: sqlOf('SELECT user_id, 1 AS vlaue FROM orders') }),
        c: string({ sql: sqlOf('SELECT user_id FROM nothing') }),
      }),
    ])
    expect(lines).toEqual([
      'error | SQL_INVALID | unread | This "(" is never closed. | 1:17',
      'error | NAME_UNKNOWN | lost | This SQL reads the group "nowhere", which the config does not have. | 2:6',
      'error | TRANSFORM_COLUMNS | wrong | The SQL of wrong does not yield "user_id". | 1:1',
      'error | TRANSFORM_TYPE | wrong | Column "n" of wrong is text; int64 n needs bigint. | 1:15',
      'error | TRANSFORM_TYPE | wrong | Column "a" of wrong is numeric; float64 a needs double precision. | 2:13',
      'error | SQL_FAILED | typo | The SQL of typo failed: column "amuont" does not exist. | 2:3',
      'error | SQL_FAILED | apart | The SQL of apart failed: relation "nothing" does not exist. | 1:21',
      'error | TRANSFORM_TYPE | apart | Column "value" of apart is double precision; int64 a needs bigint. | 1:29',
      'error | TRANSFORM_COLUMNS | apart | The SQL of apart.b does not yield "value". | 1:22',
      'warning | CLOCK_IN_SQL | wrong | The SQL of wrong depends on the clock: now(). | 2:16',
      'warning | CHANCE_IN_SQL | apart | The SQL of apart depends on chance: random(). | 1:17',
      'note | NOT_CHECKED | reader | The SQL of reader was not checked: it reads unread, which is broken.',
    ])
    expect([errors, warnings]).toEqual([9, 2])
  })

  test('columns and features that no one uses', async () => {
    const spent = group('spent', 'SELECT user_id, 1 AS n, 2 AS m, 3 AS o FROM orders', { n: int64(), m: int64() })
    const used = service('used', [spent.pick('n')])
    expect((await findings([spent], { services: [used] })).lines).toEqual([
      'warning | COLUMN_UNDECLARED | spent | The SQL of spent yields "o", which the config does not declare. | 1:38',
      'note | FEATURE_UNUSED | spent | No service uses spent.m.',
    ])
  })

  test('circles, and spines of datasets', async () => {
    const a = group('a', 'SELECT user_id, n FROM fstore_offline.b', { n: int64() })
    const b = group('b', 'SELECT user_id, n FROM fstore_offline.a', { n: int64() })
    expect((await findings([a, b])).lines).toEqual([
      'error | CONFIG_INVALID | - | Groups read each other in a circle: a → b → a.',
    ])
    const n = group('n', 'SELECT user_id, 1 AS n FROM orders', { n: int64() })
    const all = service('all', [n.pick('n')])
    const spine = (name: string, text: string) =>
      dataset(name, { service: all, spine: sqlOf(text), label: { late: bool() } })
    const datasets = [
      spine('good', 'SELECT user_id, at AS event_timestamp, true AS late FROM orders'),
      spine('naive', 'SELECT user_id, now()::timestamp AS event_timestamp, true AS late FROM orders'),
      spine('keyless', 'SELECT at AS event_timestamp, true AS late FROM orders'),
      spine('unlabelled', 'SELECT user_id, at AS event_timestamp FROM orders'),
    ]
    expect(await findings([n], { services: [all], datasets })).toMatchObject({
      datasets: 4,
      lines: [
        'error | TIMESTAMP_INVALID | naive | The event_timestamp of the spine has no time zone.',
        'error | SPINE_INVALID | keyless | The spine has no column "user_id".',
        'error | SPINE_INVALID | unlabelled | The spine has no column "late".',
      ],
    })
  })

  test('on a server, what fstore may not read, with the GRANT', async () => {
    await new Trial({ db: given.db, schema: 'fstore' }).migrate()
    const project = parseConfig(
      defineConfig({ project: 'trial', groups: [group('g', 'SELECT user_id, 1 AS n FROM orders', { n: int64() })] }),
    )
    const { findings } = await validateProject({ db: given.db, project, root: '/', files: [], tenant: 'default' })
    const denied = { code: 'SOURCE_DENIED', fix: 'GRANT SELECT ON TABLE public.orders TO fstore_app;' }
    // The embedded database grants by itself.
    expect(findings).toMatchObject(given.kind === 'pglite' ? [] : [denied])
  })
})
