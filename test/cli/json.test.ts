/** What every command prints with --json, held against its schema to the last field; and the exit codes of each. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pc from 'picocolors'
import { documents, events, failure, without } from '../../src/cli/json/index.js'
import { formatError } from '../../src/cli/output.js'
import { createProgram } from '../../src/cli/program.js'
import { catalogue, exit } from '../../src/errors.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'
import { Fstore, type Outcome, type Project, shown } from './fstore.js'
import { type Call, runMany } from './many.js'

const name = givenProject('redis')

const config = `
import { batch, bool, dataset, defineConfig, entity, float64, increment, int64, onDemand, service, sql, stream, string } from 'featurestore'
const user = entity('user', { user_id: 'string' })
const visits = batch('visits', {
  entity: user, every: '1d', start: '2024-03-01', end: process.env.TO ?? '2024-03-04', ttl: '30d', schedule: '0 3 * * *', ...(process.env.STRICT && { maxRejected: 0 }),
  features: { n: int64({ max: Number(process.env.MAX ?? 8) }), plan: string() },
  sql: process.env.BROKEN ? sql\`SELECT nothing FROM visits\` : process.env.CLOCK ? sql\`SELECT user_id, n, plan FROM visits WHERE at < now()\` : sql\`SELECT user_id, n, plan FROM visits WHERE at >= :start_time AND at < :end_time\`,
})
const profile = stream('profile', { entity: user, features: { clicks: int64({ min: 0 }), plan: string() } })
const mood = stream('mood', {
  entity: user, version: 1, features: { ratings: int64() }, events: { rated: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } } },
  on: { rated: { key: (payload) => payload.user_id, set: { ratings: increment() } } },
})
const risk = onDemand('risk', {
  entity: user, version: 1, request: { factor: float64() }, features: { score: float64() }, inputs: [visits.pick('n')],
  compute: (inputs, request) => ({ score: request.factor === 9 ? 2n ** 70n : inputs['visits.n'] * request.factor }),
})
const best = service('best', [visits.pick('n', 'plan')])
const spine = sql\`SELECT user_id, timestamptz '2024-03-04Z' AS event_timestamp, n > 2 AS many FROM visits WHERE n < 5\`
export default defineConfig({
  project: '${name}', groups: process.env.LESS ? [visits, profile] : [visits, profile, mood, risk],
  services: process.env.LESS ? [] : [best],
  datasets: process.env.LESS ? [] : [dataset('many', { service: best, spine, label: { many: bool() }, fineTuning: { user: 'n', assistant: '{{many}}' } })],
})
`

const given = `CREATE TABLE visits (user_id text, at timestamptz, n int, plan text);
INSERT INTO visits SELECT 'u' || u % 40, timestamptz '2024-03-01Z' + u * interval '1 hour', u % 10, 'p' || u % 3
FROM generate_series(0, 71) AS u;
`

const { done, usage, failed, findings, unreachable, interrupted } = exit
const dead = { DATABASE_URL: 'postgresql://127.0.0.1:1/none' }

/** In the order in which they run. A third word says what is different around it. */
const cases: readonly (readonly [number, string, Omit<Call, 'args'>?])[] = [
  [done, 'migrate --dry-run'],
  [done, 'migrate'],
  [done, 'migrate --status'],
  [done, 'migrate --print-sql'],
  [usage, 'migrate --stauts'],
  [done, 'sql load.sql'],
  [done, 'sql -c GRANT~SELECT~ON~visits~TO~fstore_app'],
  [done, 'sql -c SELECT~*~FROM~visits~LIMIT~2'],
  [failed, 'sql -c SELECT~nothing'],
  [usage, 'sql bad.sql'],
  [usage, 'sql .'],
  [usage, 'sql'],
  [done, 'init new --template minimal'],
  [done, 'init new --template minimal --no-load'],
  [done, 'init own --from visits --key user_id --time at --grant'],
  [usage, 'init other --from visist'],
  [findings, 'plan --check --sql'],
  [usage, 'plan --select visist'],
  [failed, 'get u1 --features visits.n'],
  [done, 'drift'],
  [done, 'build --dry-run'],
  [interrupted, 'build --select visits', { interruptAt: '"event":"window"' }],
  [done, 'build'],
  [usage, 'build --start yesterday'],
  [failed, 'build --full --select visits', { env: { BROKEN: '1' } }],
  [failed, 'build --full --select visits', { env: { STRICT: '1' } }],
  [usage, 'build --tenant acm'],
  [done, 'build --online'],
  [unreachable, 'build', { env: dead }],
  [done, 'plan --check'],
  [done, 'materialize visits --start 2024-03-01 --end 2024-03-02'],
  [usage, 'materialize visits --start 2024-03-02 --end 2024-03-01'],
  [done, 'rejected'],
  [done, 'rejected visits --replay'],
  [usage, 'rejected --replay'],
  [failed, 'push profile rows.jsonl'],
  [usage, 'push visits rows.jsonl'],
  [failed, 'ingest events.jsonl'],
  [usage, 'ingest nothing.jsonl'],
  [done, 'get u1 u2 --request factor=2'],
  [done, 'get --service best u1'],
  [usage, 'get u1 --features visits.m'],
  [usage, 'get u1 --features plan'],
  [usage, 'get u1 --features risk.score'],
  [usage, 'get u1 --features risk.score --request factor=often'],
  [failed, 'get u1 --features risk.score --request factor=9'],
  [failed, 'get u1 --request factor=9'],
  [done, 'history visits.n u1 --all'],
  [usage, 'history visits.m u1'],
  [done, 'list groups'],
  [done, 'list features'],
  [done, 'list entities'],
  [done, 'list services'],
  [done, 'list datasets'],
  [usage, 'list everything'],
  [done, 'preview visits --at 2024-03-02'],
  [usage, 'preview risk'],
  [done, 'status'],
  [unreachable, 'status', { env: dead }],
  [done, 'jobs'],
  [usage, 'jobs --group visist'],
  [done, 'inspect visits'],
  [done, 'inspect visits.n --now'],
  [usage, 'inspect visist'],
  [done, 'drift'],
  [done, 'drift visits --set-baseline'],
  [usage, 'drift --set-baseline'],
  [done, 'build --select visits', { env: { TO: '2024-03-05' } }],
  [done, 'verify'],
  [usage, 'verify --sample 0'],
  [done, 'sync --full'],
  [usage, 'sync visist'],
  [done, 'doctor'],
  [findings, 'doctor', { env: dead }],
  [usage, 'doctor --profle x'],
  [done, 'validate'],
  [findings, 'validate', { env: { CLOCK: '1' } }],
  [usage, 'validate', { env: { BROKEN: '1' } }],
  [done, 'versions visits'],
  [usage, 'versions visist'],
  [done, 'build --select visits', { env: { MAX: '9' } }],
  [done, 'versions visits'],
  [done, 'diff visits 1 2'],
  [usage, 'diff visits 1 7'],
  [done, 'rollback visits --dry-run'],
  [done, 'rollback visits --yes'],
  [failed, 'rollback profile --yes'],
  [done, 'pit-export spine.csv -f visits.n -o out.csv'],
  [done, 'pit-export spine.csv -f visits.n --explain'],
  [usage, 'pit-export'],
  [done, 'export-training many -o many.csv'],
  [done, 'export-training --verify many.csv.manifest.json'],
  [done, 'pit-export spine.csv -f visits.n -o many.csv'],
  [findings, 'export-training --verify many.csv.manifest.json'],
  [done, 'export-training many --fine-tuning -o many.jsonl'],
  [usage, 'export-training few'],
  [usage, 'export-training --verify spine.csv'],
  [done, 'test --record visits u1 --at 2024-03-03'],
  [done, 'test'],
  [findings, 'test', { env: { MAX: '0' } }],
  [findings, 'test nothing.json'],
  [usage, 'test --record visits'],
  [done, 'tenants'],
  [done, 'tenants add acme'],
  [done, 'tenants suspend acme'],
  [usage, 'tenants suspend nobody'],
  [done, 'erase user u1 --yes'],
  [usage, 'erase user u2'],
  [done, 'cleanup --dry-run --keep-versions 0 --archived', { env: { LESS: '1' } }],
  [done, 'cleanup --keep-versions 0'],
  [usage, 'cleanup --only everything'],
  [done, 'schedule --once'],
  [usage, 'schedule --groups nothing'],
  [done, 'runs'],
  [usage, 'runs nothing'],
  [usage, 'search visits.n --key u1'],
  [usage, 'serve --tokens spine.csv'],
  [failed, 'serve --port 1 --host 203.0.113.1 --token-file secret'],
  [done, 'sql -c CREATE~VIEW~mine~AS~SELECT~*~FROM~fstore_offline.visits'],
  [failed, 'build --select visits', { env: { MAX: '5' } }],
  [done, 'sql -c DROP~VIEW~mine'],
  [done, 'sql -c CREATE~TABLE~kept~AS~SELECT~*~FROM~fstore.migrations~WHERE~version=1'],
  [done, "sql -c UPDATE~fstore.migrations~SET~checksum='x'~WHERE~version=1"],
  [failed, 'migrate'],
  [done, "sql -c UPDATE~fstore.migrations~SET~version=99,name='later'~WHERE~version=1"],
  [failed, 'migrate'],
  [done, 'sql -c DELETE~FROM~fstore.migrations~WHERE~version=99'],
  [failed, 'migrate'],
  [done, 'sql -c INSERT~INTO~fstore.migrations~SELECT~*~FROM~kept'],
  [failed, 'status', { env: { DATABASE_URL: '' } }],
]

/** What runs until it is stopped, and the last that it tells before it waits. */
const services = [
  ['dev', '"event":"plan"'],
  ['serve --port 0', '"event":"listening"'],
  ['ui --port 0', '"event":"listening"'],
] as const

let fstore: Fstore
let project: Project
let outcomes: Outcome[]

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('schemas')
  await project.write('featurestore.config.ts', config)
  await project.write('.env', `REDIS_URL=${(await server('redis')).url}\n`)
  await project.write('load.sql', given)
  await project.write('bad.sql', '\\d visits\n')
  await project.write('.fstore/pglite/PG_VERSION', '17\n')
  await project.write('secret', `${'0123456789abcdef'.repeat(4)}\n`)
  await project.write('spine.csv', 'user_id,event_timestamp\nu1,2024-03-03T00:00:00Z\n')
  await project.write(
    'rows.jsonl',
    '{"user_id":"u1","clicks":3,"event_timestamp":"2024-03-01T08:00:00Z"}\n{"clicks":1}\n',
  )
  await project.write(
    'events.jsonl',
    '{"id":"1","type":"rated","timestamp":"2024-03-01T08:00:00Z","payload":{"user_id":"u1"}}\n{"id":"2"}\n',
  )
  const calls = cases.map(([, line, around]) => ({ args: [...wordsOf(line), '--json'], ...around }))
  outcomes = await runMany(project, calls)
}, 600_000)
afterAll(() => fstore.remove())

const commandOf = (line: string) => wordsOf(line)[0] as string
const wordsOf = (line: string) => line.split(' ').map((word) => word.replaceAll('~', ' '))

/** What is wrong with the lines that a command has printed. */
function wrongOf(line: string, { code, stdout }: Outcome): unknown[] {
  const command = commandOf(line)
  const printed = stdout.split('\n').filter(Boolean)
  if (printed.length === 0) return ['it printed nothing']
  if (printed.length > 1 && !events.includes(command) && !line.includes('--replay'))
    return [`it printed ${printed.length} documents`]
  return printed.flatMap((text, i) => {
    const read = JSON.parse(text)
    const isFailure = 'error' in read && !('event' in read) && code !== done && i === printed.length - 1
    const { success, error } = (isFailure ? failure : documents[command])?.safeParse(read) ?? { success: false }
    return success ? [] : [{ line, document: text.slice(0, 600), issues: JSON.stringify(error?.issues).slice(0, 1500) }]
  })
}

test('every command has a schema, and has told of what it did', () => {
  const commands = createProgram(() => {}).commands.map((command) => command.name())
  expect(commands.filter((command) => !without.includes(command)).sort()).toEqual(Object.keys(documents).sort())
  const told = cases.flatMap(([, line], i) => (outcomes[i]?.stdout.includes('1,"error":') ? [] : [line]))
  const run = new Set([...told, ...services.map(([line]) => line)].map(commandOf))
  // What a search finds is held to its schema where pgvector surely is: in search.test.ts.
  expect(Object.keys(documents).filter((command) => !run.has(command))).toEqual(['search'])
})

/** Errors wherever they are in what was printed. */
function errorsIn(value: unknown): Told[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'code' in value && 'message' in value && !('severity' in value) ? [value as Told] : []
  return [...own, ...Object.values(value).flatMap(errorsIn)]
}

type Told = Parameters<typeof formatError>[0]

test('every error says what to do about it', () => {
  // What a record keeps of an error is its first line.
  const told = outcomes.filter((_, i) => !cases[i]?.[1].startsWith('runs'))
  const all = told.flatMap(({ stdout }) =>
    stdout
      .split('\n')
      .filter(Boolean)
      .flatMap((line) => errorsIn(JSON.parse(line))),
  )
  const byCode = new Map(all.map((error) => [error.code, error]))
  const withoutFix = all.filter(
    ({ fix, problems = [] }) => fix === undefined && problems.every((one) => one.fix === undefined),
  )
  expect(withoutFix).toEqual([])
  const plain = pc.createColors(false)
  const texts = [...byCode.values()].map((error) => formatError(error, plain)).sort()
  expect(shown(project, { code: 0, stdout: texts.join('\n\n'), stderr: '' })).toMatchSnapshot()
})

test('the text of every error is in a snapshot', async () => {
  const files = await readdir('test', { recursive: true }).then((names) =>
    names.filter((name) => name.endsWith('.snap')),
  )
  const texts = await Promise.all(files.map((name) => readFile(join('test', name), 'utf8')))
  const codes = new Set(
    texts.flatMap((text) => [...text.matchAll(/(?:error |")([A-Z_]{4,})(?: {2}|")/g)].map(([, code]) => code)),
  )
  expect(Object.keys(catalogue).filter((code) => !codes.has(code))).toEqual(elsewhere)
})

/** Told by the library alone, by servers that are not here, in the midst of work, or by a bug: other tests look for them. */
const elsewhere = [
  'EVENT_INVALID',
  'ROW_REJECTED',
  'DATABASE_VERSION',
  'EXTENSION_MISSING',
  'REDIS_REFUSED',
  'INTERRUPTED',
  'INTERNAL',
]

test('every document is as its schema says', () => {
  expect(outcomes).toHaveLength(cases.length)
  expect(cases.flatMap(([, line], i) => wrongOf(line, outcomes[i] as Outcome))).toEqual([])
})

test.each(services)('%s --json tells until it is stopped', async (line, last) => {
  const { child, ended, until } = project.start([...wordsOf(line), '--json'])
  const said = await until(last)
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ code: interrupted })
  const stdout = `${said}`
    .split('\n')
    .filter((text) => /^\{"schemaVersion".*\}$/.test(text))
    .join('\n')
  expect(wrongOf(line, { code: done, stdout, stderr: '' })).toEqual([])
})

test('every command ends with the exit code of what came of it', () => {
  const wrong = cases.flatMap(([code, line], i) => {
    const found = outcomes[i] as Outcome
    return found.code === code ? [] : [{ line, expected: code, found: found.code, stderr: found.stderr.slice(0, 600) }]
  })
  expect(wrong).toEqual([])
})
