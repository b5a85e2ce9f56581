/**
 * What a tenant can do to a store that others share is what it could do if it were alone: every answer is the same as
 * in a database of its own, none holds a value of another's, and no row of another's changes.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import pg from 'pg'
import { FstoreError } from '../../src/errors.js'
import { createServer } from '../../src/serve/index.js'
import { AnyStore } from '../../src/store.js'
import { recordFixture } from '../../src/testing/record.js'
import { patience, rounds } from '../rounds.js'
import { ask } from '../serve/ask.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'
import { createVector, hasVector } from '../servers/vector.js'
import { actionOf, actions, type Call, calls, elsewhere, once } from './actions.js'
import { requests } from './requests.js'
import { fill, keyOf, open, ordersOf, type Place, secretOf } from './shop.js'

const tenants = ['acme', 'default', `o'th:er"; --%`] as const
type Name = (typeof tenants)[number]

test('every method of a store is tried here, or there is a reason why not', () => {
  const methods = Object.getOwnPropertyNames(AnyStore.prototype).filter((name) => name !== 'constructor')
  expect([...Object.keys(actions), ...Object.keys(elsewhere)].sort()).toEqual(methods.sort())
})

/** The stores of one place: one that was opened, and those of other tenants over its connections. */
class Shop {
  readonly #first: AnyStore
  readonly #others = new Map<string, AnyStore>()
  /** Reads as nobody whom policies hold for. */
  readonly all: (sql: string) => Promise<Record<string, unknown>[]>

  constructor(place: Place, superuserUrl?: string) {
    this.#first = open(place, 'acme')
    this.all = async (sql) => {
      if (superuserUrl === undefined) return (await this.#first.query(sql)).rows
      const client = new pg.Client({ connectionString: superuserUrl })
      await client.connect()
      return client
        .query(sql)
        .then(({ rows }) => rows)
        .finally(() => client.end())
    }
  }

  as(tenant: string): AnyStore {
    if (tenant === this.#first.tenant) return this.#first
    const store = this.#others.get(tenant) ?? this.#first.forTenant(tenant)
    this.#others.set(tenant, store)
    return store
  }

  /** Every row of other tenants, and which transaction wrote it. */
  async rowsOfOthers(tenant: string): Promise<Record<string, unknown>[]> {
    const tables = await this.all(`SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
      WHERE n.nspname LIKE 'fstore%' AND a.attname = 'tenant_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition`)
    expect(tables.length).toBeGreaterThan(9)
    const selects = tables.map(
      ({ name }) => `SELECT '${name}' AS name, xmin::text AS wrote, to_jsonb(t)::text AS row FROM ${name} AS t
        WHERE tenant_id <> '${tenant.replaceAll("'", "''")}'`,
    )
    return this.all(`${selects.join(' UNION ALL ')} ORDER BY 1, 3`)
  }

  async close(): Promise<void> {
    for (const store of [...this.#others.values(), this.#first]) await store.close()
  }
}

const kinds = ['pglite', 'postgres with redis'] as const

describe.each(kinds)('on %s', (kind) => {
  const projects = [givenProject('redis'), givenProject('redis')] as const
  const databases: OwnDatabase[] = []
  let folder: string
  /** All tenants are in one, and only the first in the other. */
  let crowd: Shop
  let alone: Shop

  async function shop(project: string, members: readonly Name[]): Promise<Shop> {
    const root = await mkdtemp(join(folder, 'shop-'))
    const own = kind === 'pglite' ? undefined : await createDatabase()
    if (own !== undefined) databases.push(own)
    const where = own === undefined ? {} : { database: own.ownerUrl, redis: (await server('redis')).url }
    if (own !== undefined && hasVector) await createVector(own.url)
    const made = new Shop({ project, root, ...where, hasVector: own === undefined || hasVector }, own?.url)
    const first = made.as('acme')
    await first.migrate()
    const script = join(root, 'orders.sql')
    await (await import('node:fs/promises')).writeFile(script, ordersOf(tenants))
    await first.runScript(script)
    for (const tenant of members) await fill(made.as(tenant))
    return made
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fstore-trust-'))
    crowd = await shop(projects[0], tenants)
    alone = await shop(projects[1], ['acme'])
  }, 180_000)
  afterAll(async () => {
    await crowd?.close()
    await alone?.close()
    for (const database of databases) await database.drop()
    await rm(folder, { recursive: true, force: true })
  })

  test(
    'whatever a tenant asks for or writes',
    async () => {
      const runs = rounds(10)
      const turn = fc.array(calls, { minLength: 15, maxLength: 25 })
      const cases = fc.asyncProperty(fc.constantFrom(...tenants), turn, takeTurn)
      await fc.assert(cases, { ...runs, endOnFailure: true })
    },
    patience(10, 20_000),
  )

  test('each method once, as each tenant', async () => {
    for (const tenant of tenants) await takeTurn(tenant, once())
  })

  test('whatever tenants ask for over HTTP, all at once, each with a token of its own', async () => {
    const tokens = tenants.map((tenant, t) => ({
      ...{ name: `token ${t}`, token: `${t}`.repeat(32), tenant },
      scopes: ['read', 'write', 'admin'] as const,
    }))
    const http = createServer(crowd.as('acme'), { tokens })
    const { url } = await http.listen({ port: 0 })
    const asked = fc.sample(fc.tuple(fc.constantFrom(...tokens), requests), Math.max(60, rounds(60).numRuns))
    const answers = await Promise.all(
      asked.map(async ([{ token, tenant }, { path, body }], i) => {
        const authorization = `Bearer ${token}`
        // A token for one tenant opens no other.
        const other = tenants[i % tenants.length] as Name
        const named = { 'x-fstore-tenant': encodeURIComponent(other) }
        const answer = await ask(`${url}${path}`, body, { authorization, ...(i % 4 === 0 && named) })
        const isOther = i % 4 === 0 && other !== tenant && path !== '/v1/nothing'
        return { tenant, call: [path, body] as const, answer, isOther }
      }),
    )
    await http.close()
    for (const { tenant, call, answer, isOther } of answers) {
      expectNothingForeign(tenant, call, answer.body)
      expect({ call, isOther, ...answer }).toMatchObject(isOther ? { status: 403 } : {})
      expect({ call, status: answer.status, code: answer.body.error?.code }).not.toMatchObject({ code: 'INTERNAL' })
    }
    expect(answers.filter(({ answer }) => answer.status === 200).length).toBeGreaterThan(answers.length / 10)
    await expectNothingMixed()
  })

  test('a schedule writes for every tenant, of each what is its own', async () => {
    expect(await crowd.as('acme').schedule({ once: true })).toMatchObject({ status: 'done', failed: 0 })
    const runs = await crowd.all('SELECT group_name, status FROM fstore.scheduled_runs')
    expect(runs).toEqual([{ group_name: 'spent', status: 'completed' }])
    await expectNothingMixed()
  })

  test('a test that is recorded holds rows of one tenant', async () => {
    const scope = { project: crowd.as('acme').project, root: folder, files: [] }
    const store = crowd.as(tenants[2])
    // It may have been erased above.
    await store.materialize({ groups: ['spent'], start: '2024-02-28', end: '2024-03-02' })
    const fixture = await recordFixture(
      { ...scope, store },
      { group: 'spent', key: { user_id: 'u1' }, at: '2024-03-01' },
    )
    expect(fixture.tables.orders?.rows).not.toEqual([])
    expectNothingForeign(store.tenant, ['recordFixture', 'u1'], fixture)
  })

  async function takeTurn(tenant: Name, turn: readonly Call[]): Promise<void> {
    const before = await crowd.rowsOfOthers(tenant)
    for (const call of turn) {
      const answer = await answerOf(crowd.as(tenant), call)
      expectNothingForeign(tenant, call, answer)
      const { isGlobal = false, countsRedis = false } = actionOf(call[0])
      if (tenant !== 'acme' || isGlobal) continue
      const hasRedis = kind !== 'pglite'
      // What has come as far as Redis by now is a matter of luck.
      if (hasRedis && (countsRedis || call[1]?.tier === 'redis')) await answerOf(alone.as(tenant), call)
      else await expectAlike(call, answer, hasRedis)
    }
    expect(await crowd.rowsOfOthers(tenant)).toEqual(before)
  }

  /** @param isPatient what was erased is marked in Redis for a minute, and what was written since is seen after a sync */
  async function expectAlike(call: Call, answer: unknown, isPatient: boolean): Promise<void> {
    const lone = await answerOf(alone.as('acme'), call)
    if (isPatient && JSON.stringify(lone) !== JSON.stringify(answer)) {
      for (const shop of [crowd, alone]) await shop.as('acme').sync()
      const again = await Promise.all([crowd, alone].map((shop) => answerOf(shop.as('acme'), call)))
      expect({ call, answer: again[0] }).toEqual({ call, answer: again[1] })
    } else expect({ call, answer }).toEqual({ call, answer: lone })
  }

  /** As plain data; a refusal is an answer, too. */
  async function answerOf(store: AnyStore, [name, request]: Call): Promise<unknown> {
    const own = await mkdtemp(join(folder, 'out-'))
    const answer = await actionOf(name)
      .run(store, request, own)
      .catch((error: unknown) => {
        if (!(error instanceof FstoreError) || error.exitCode === 1)
          throw new Error(JSON.stringify([name, request]), { cause: error })
        return error.toJSON()
      })
    const text = JSON.stringify(answer ?? null, plain)
      .replaceAll(own, '<out>')
      .replaceAll(store.project.name, '<project>')
      .replaceAll(/it is 2\d{3}-[^)]+Z/g, 'it is <now>')
      .replaceAll(/"20(?!24)\d\d-[\d-]+T[\d:.]+Z"/g, '"<now>"')
    return JSON.parse(text)
  }

  /** Of all tenants' rows. */
  async function expectNothingMixed(): Promise<void> {
    for (const { row } of await crowd.rowsOfOthers(''))
      expectNothingForeign(JSON.parse(row as string).tenant_id, ['row', ''], row)
  }

  function expectNothingForeign(tenant: string, call: Call, answer: unknown): void {
    const asked = JSON.stringify(call)
    const text = JSON.stringify(answer)
    for (const other of tenants.filter((name) => name !== tenant)) {
      const parts = [secretOf(other), keyOf(other)].map((part) => JSON.stringify(part).slice(1, -1))
      // What a caller itself named may come back to it.
      for (const part of parts.filter((part) => !asked.includes(part)))
        expect({ tenant, call, leaked: text.includes(part), answer }).toMatchObject({ leaked: false })
    }
  }
})

/** When, how fast, by which process, and how Redis and the planner fared: different each time. */
const volatile =
  /At(Text)?$|^(now|tenants|redis|ageSeconds|durationMs|latencyMs|id|jobId|pid|host|sha256|bytes|source|tier|asOf|place|epoch|online)$/

function plain(this: unknown, name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof FstoreError) return value.toJSON()
  return volatile.test(name) ? undefined : value
}
