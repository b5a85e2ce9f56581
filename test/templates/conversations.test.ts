/** The template conversations as people meet it, embedded and on a server: every value counted again by hand. */

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { loadProject } from '../../src/config/load.js'
import { Fstore, type Outcome, type Project } from '../cli/fstore.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { day, exact, type Source, sentimentsAt, sourceSql, tenantAt, userAt, usersAt } from './recount.js'

type Row = Record<string, unknown>

const places = ['embedded', 'server'] as const
type Place = (typeof places)[number]

const tenants = ['default', 'acme']
const first = Date.UTC(2025, 0, 1) / 1000
const ends = Array.from({ length: 90 }, (_, i) => first + (i + 1) * day)
const someEnds = ends.filter((_, i) => i % 8 === 1)

let fstore: Fstore
let own: OwnDatabase
const projects = {} as Record<Place, Project>
const sources = {} as Record<Place, Record<string, Source>>
const source = (tenant: string) => sources.server[tenant] as Source

beforeAll(async () => {
  fstore = await Fstore.compile()
  own = await createDatabase()
  await Promise.all(places.map(start))
}, 240_000)
afterAll(async () => {
  await fstore.remove()
  await own.drop()
})

async function run(place: Place, tenant: string, ...args: string[]): Promise<Outcome> {
  const env: Record<string, string> = { FSTORE_TENANT: tenant }
  if (place === 'server') env.DATABASE_URL = own.ownerUrl
  return projects[place].run(args, { env })
}

async function done(place: Place, tenant: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(place, tenant, ...args)
  if (code !== 0) throw new Error(stderr)
  return stdout
}

async function query(place: Place, tenant: string, sql: string): Promise<Row[]> {
  return JSON.parse(await done(place, tenant, 'sql', '--json', '-c', sql)).rows
}

async function start(place: Place) {
  projects[place] = await fstore.directory(place)
  const made = await done(place, 'default', 'init', '.', '--template', 'conversations', '--yes')
  expect(made).toMatch(/Loaded 3,000 rows into ai_conversations\.\nLoaded [\d,]+ rows into ai_messages\.\nLoaded /)
  expect(await done(place, 'default', 'build')).toContain('Built 7 groups, 270 windows')
  sources[place] = {}
  for (const tenant of [...tenants, 'globex'])
    sources[place][tenant] = (await query(place, tenant, sourceSql(tenant)))[0]?.source as Source
}

/** Whoever owns an embedded database sees every tenant's rows. */
const stored = (place: Place, tenant: string, group: string, at: readonly number[], key: string) =>
  query(
    place,
    tenant,
    `SELECT *, extract(epoch FROM event_timestamp)::int AS at FROM fstore_offline.${group}
     WHERE tenant_id = '${tenant}' AND extract(epoch FROM event_timestamp) = ANY ('{${at}}') ORDER BY event_timestamp, ${key} COLLATE "C"`,
  )

/** Only what is asked for, floats cut to the digits that are sure. */
function only(row: Row, names: readonly string[]): Row {
  const values = names.map((name) => [name, row[name]] as const)
  return Object.fromEntries(
    values.map(([name, value]) => [name, typeof value === 'number' && !Number.isInteger(value) ? exact(value) : value]),
  )
}

test('the data are the same everywhere, and have what is awkward', () => {
  expect(sources.embedded).toEqual(sources.server)
  const { conversations, messages, feedback } = source('default')
  const writing = new Set(messages.flatMap((one) => (one.role === 'user' ? one.conversation : [])))
  expect(conversations.filter(({ id }) => !writing.has(id)).length).toBeGreaterThan(5)
  expect(conversations.filter(({ user }) => user === null).length).toBeGreaterThan(5)
  expect(messages.filter(({ role, sentiment }) => role === 'user' && sentiment === null).length).toBeGreaterThan(99)
  const byUser = usersAt(source('default'), Infinity).map((user) => userAt(source('default'), user, Infinity))
  expect(Math.max(...byUser.map((one) => one.conversation_count))).toBeGreaterThan(100)
  expect(byUser.filter((one) => one.last_conversation_at < first + 31 * day).length).toBeGreaterThan(10)
  expect(byUser.filter((one) => one.feedback_tendency === null).length).toBeGreaterThan(2)
  expect(new Set(feedback.map(({ rating }) => rating))).toEqual(new Set([-1, 0, 1]))
})

test("every feature of the design's set is there", async () => {
  const { project } = await loadProject({ cwd: projects.server.folder })
  const declared = [...project.groups, ...project.onDemand].map(({ entity, sourceType, features }) => [
    `${entity.name} ${sourceType}`,
    features.map(({ name }) => name),
  ])
  expect(declared).toEqual([
    [
      'tenant batch',
      ['total_conversations', 'avg_conversations_per_day', 'positive_feedback_rate', 'primary_language'],
    ],
    [
      'user batch',
      [
        'conversation_count',
        'avg_messages_per_conversation',
        'preferred_channel',
        'last_conversation_at',
        'feedback_tendency',
      ],
    ],
    ['conversation batch', ['sentiment_score']],
    ['message stream', ['length', 'token_count', 'detected_intent', 'confidence_score', 'response_time_ms']],
    ['conversation stream', ['message_count', 'primary_intent']],
    ['user stream', ['conversation_count', 'feedback_tendency']],
    ['conversation stream', ['escalated', 'resolution_status']],
    ['user on_demand', ['last_interaction_days']],
    ['conversation on_demand', ['duration_seconds']],
  ])
  const readme = await readFile(projects.server.path('README.md'), 'utf8')
  expect(readme).toContain('embedding')
})

describe.each(places)('%s', (place) => {
  // The SQL is the same on both, and an embedded database takes long to open.
  const counted = place === 'server' ? tenants : tenants.slice(0, 1)
  const onServer = place === 'server' ? test : () => {}

  onServer(
    'a build for acme computes only its rows',
    async () => {
      const groups = ['tenant_batch', 'user_batch', 'conversation_batch']
      const rows = async (tenant: string) => {
        const counted = groups.map(
          (group) => `SELECT '${group}' AS g, count(*) AS n, md5(string_agg(r::text, '' ORDER BY
        r::text)) AS rows FROM fstore_offline.${group} AS r WHERE tenant_id = '${tenant}'`,
        )
        return query(place, tenant, counted.join(' UNION ALL '))
      }
      const before = await rows('default')
      expect((await rows('acme')).map(({ n }) => n)).toEqual([0, 0, 0])
      await done(place, 'acme', 'tenants', 'add', 'acme')
      expect(await done(place, 'acme', 'build')).toContain('Built 3 groups, 270 windows')
      expect(await rows('default')).toEqual(before)
      expect((await rows('globex')).map(({ n }) => n)).toEqual([0, 0, 0])
      expect(Number((await rows('acme'))[1]?.n)).toBeGreaterThan(3_000)
      expect(JSON.parse(await done(place, 'acme', 'rejected', '--json'))).toMatchObject({ total: 0 })
    },
    120_000,
  )

  test.each(counted)('features of the tenant %s', async (tenant) => {
    const expected = ends.map((at) => ({ at, tenant, ...tenantAt(source(tenant), at) }))
    const names = Object.keys(expected[0] as Row)
    const rows = await stored(place, tenant, 'tenant_batch', ends, 'tenant')
    expect(rows.map((row) => only(row, names))).toEqual(expected)
  })

  test.each(counted)('features of the users of %s', async (tenant) => {
    const expected = someEnds.flatMap((at) =>
      usersAt(source(tenant), at).map((user_id) => ({ at, user_id, ...userAt(source(tenant), user_id, at) })),
    )
    const names = Object.keys(expected[0] as Row)
    const rows = await stored(place, tenant, 'user_batch', someEnds, 'user_id')
    const inSeconds = (row: Row) => ({ ...row, last_conversation_at: Date.parse(`${row.last_conversation_at}`) / 1000 })
    expect(rows.map((row) => only(inSeconds(row), names))).toEqual(expected)
  })

  test.each(counted)('features of the conversations of %s', async (tenant) => {
    const expected = someEnds.flatMap((at) =>
      Object.entries(sentimentsAt(source(tenant), at)).map(([conversation_id, sentiment_score]) => ({
        at,
        conversation_id,
        sentiment_score,
      })),
    )
    const rows = await stored(place, tenant, 'conversation_batch', someEnds, 'conversation_id')
    expect(rows.map((row) => only(row, ['at', 'conversation_id', 'sentiment_score']))).toEqual(expected)
    expect(new Set(expected.map((row) => row.sentiment_score === null))).toEqual(new Set([true, false]))
  })

  test.each(counted)(
    'a training set of %s knows what was known when each feedback came, and no more',
    async (tenant) => {
      await done(place, tenant, 'export-training', '--jsonl', '-o', `${tenant}.jsonl`)
      const lines = (await readFile(projects[place].path(`${tenant}.jsonl`), 'utf8')).trimEnd().split('\n')
      const rows = lines.map((line) => JSON.parse(line) as Row)
      const asked = source(tenant).feedback.filter(({ user }) => user !== null)
      expect(rows).toHaveLength(asked.length)
      const sentiments = new Map(ends.map((at) => [at, sentimentsAt(source(tenant), at)]))
      const midnights = (at: number) => ends.filter((end) => end <= at)
      const expected = asked.map(({ conversation, user, rating, at }) => {
        const last = midnights(at).at(-1)
        const wrote = midnights(at).findLast((end) => conversation in (sentiments.get(end) as object))
        const ofUser = last !== undefined && usersAt(source(tenant), last).includes(user as string)
        const { last_conversation_at: _, ...likes } = ofUser ? userAt(source(tenant), user as string, last) : noUser
        const { total_conversations: __, ...rates } = last === undefined ? noTenant : tenantAt(source(tenant), last)
        return {
          conversation_id: conversation,
          user_id: user,
          tenant,
          positive: rating > 0,
          conversation_batch__sentiment_score: wrote === undefined ? null : sentiments.get(wrote)?.[conversation],
          ...named('user_batch', likes),
          ...named('tenant_batch', rates),
        }
      })
      const names = Object.keys(expected[0] as Row)
      const order = (all: Row[]) => all.map((row) => JSON.stringify(only(row, names))).sort()
      expect(order(rows)).toEqual(order(expected))
      expect(rows.filter((row) => row.conversation_batch__sentiment_score !== null).length).toBeGreaterThan(99)
    },
  )

  test('one key is enough to read a user; the same key of another tenant is another person', async () => {
    for (const tenant of counted) {
      const { entity, features } = JSON.parse(await done(place, tenant, 'get', 'user_001', '--json'))
      const { conversation_count: count } = userAt(source(tenant), 'user_001', Infinity)
      expect([entity, features['user_batch.conversation_count'].value]).toEqual(['user', count])
      const silent = Date.now() / 1000 - userAt(source(tenant), 'user_001', Infinity).last_conversation_at
      expect(features['user_now.last_interaction_days'].value).toBe(Math.floor(silent / 86_400))
    }
  })

  onServer('a key of nobody has to say whose it would be, unless the features do', async () => {
    const nobody = await run(place, 'acme', 'get', 'nobody', '--json')
    expect(JSON.parse(nobody.stdout)).toMatchObject({ error: { code: 'NAME_AMBIGUOUS' } })
    const mood = JSON.parse(await done(place, 'acme', 'get', 'nobody', '-f', 'sentiment_score', '--json'))
    expect(mood).toMatchObject({ entity: 'conversation', keys: { conversation_id: 'nobody' } })
  })

  onServer('what is pushed is read, by its tenant alone', async () => {
    await projects[place].write('rows.jsonl', '{"conversation_id":"c1","escalated":true}\n')
    expect(await done(place, 'acme', 'push', 'conversation_status', 'rows.jsonl')).toContain('1 written')
    const read = async (tenant: string) =>
      JSON.parse(await done(place, tenant, 'get', '-e', 'conversation', 'c1', '--json'))
    expect(await read('acme')).toMatchObject({ features: { 'conversation_status.escalated': { value: true } } })
    expect((await read('default')).features['conversation_status.escalated'].status).toBe('NOT_FOUND')
  })

  onServer('events of the last week, ingested twice, come to what is counted of their sources', async () => {
    const { conversations, messages, feedback } = source('default')
    const late = <T extends { at: number }>(all: readonly T[]) => all.filter(({ at }) => at >= first + 83 * day)
    const own = { conversations: late(conversations), messages: late(messages), feedback: late(feedback) }
    const lines = (await readFile(projects[place].path('data/events.jsonl'), 'utf8')).trimEnd().split('\n')
    const made = await query(place, 'default', await readFile(projects[place].path('data/events.sql'), 'utf8'))
    expect(made.map(({ event }) => event)).toEqual(lines.map((line) => JSON.parse(line)))
    const ingest = () => done(place, 'default', 'ingest', 'data/events.jsonl')
    expect(await ingest()).toBe(`Ingested ${lines.length} events: ${lines.length} applied.\n`)
    expect(await ingest()).toBe(`Ingested ${lines.length} events: 0 applied, ${lines.length} applied before.\n`)
    const read = (group: string) => query(place, 'default', `SELECT * FROM fstore_online.${group} ORDER BY 1`)
    const count = (all: readonly string[]) =>
      Object.fromEntries([...new Set(all)].map((one) => [one, all.filter((other) => other === one).length]))
    const live = await read('conversation_live')
    expect(Object.fromEntries(live.map((row) => [row.conversation_id, row.message_count]))).toEqual(
      count(own.messages.map(({ conversation }) => conversation)),
    )
    const users = await read('user_live')
    const begun = users.flatMap((row) =>
      row.conversation_count === null ? [] : [[row.user_id, row.conversation_count]],
    )
    expect(Object.fromEntries(begun)).toEqual(count(own.conversations.flatMap(({ user }) => user ?? [])))
    const tendency: Record<string, number> = {}
    for (const { user, rating } of own.feedback.toSorted((a, b) => a.at - b.at))
      if (user !== null)
        tendency[user] = user in tendency ? 0.3 * rating + (1 - 0.3) * (tendency[user] as number) : rating
    const rated = users.flatMap((row) => (row.feedback_tendency === null ? [] : [[row.user_id, row.feedback_tendency]]))
    expect(Object.fromEntries(rated)).toEqual(tendency)
    expect(await read('message_live')).toHaveLength(own.messages.length)
  })
})

const noUser = {
  conversation_count: null,
  avg_messages_per_conversation: null,
  preferred_channel: null,
  last_conversation_at: null,
  feedback_tendency: null,
}
const noTenant = {
  total_conversations: null,
  avg_conversations_per_day: null,
  positive_feedback_rate: null,
  primary_language: null,
}

const named = (group: string, features: Row): Row =>
  Object.fromEntries(Object.entries(features).map(([name, value]) => [`${group}__${name}`, value]))
