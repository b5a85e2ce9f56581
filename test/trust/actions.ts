/** Every method of a store, with requests drawn at random, as plain data. */
import { join } from 'node:path'
import fc from 'fast-check'
import type { AnyStore } from '../../src/store.js'
import { keyOf, keys } from './shop.js'

export interface Action {
  /** A request in words of JSON. */
  readonly request: fc.Arbitrary<any>
  run(store: AnyStore, request: any, folder: string): Promise<unknown>
  /** Its answer tells of the whole database on purpose, such as an estimate of the planner's. */
  readonly isGlobal?: boolean
  /** Its answer tells how many rows Redis had. */
  readonly countsRedis?: boolean
}

const key = fc.constantFrom(...keys, keyOf('acme'), keyOf('default'), 'rejected', 'nobody', '', '%', "' OR true --")
/** Nobody takes a key that another alone has. */
const writtenKey = fc.constantFrom(...keys, 'rejected', 'new', '', '%', "' OR true --")
const keyList = fc.array(key, { minLength: 1, maxLength: 4 })
const feature = fc.constantFrom('spent.amount', 'spent.note', 'doubled.doubled', 'said', 'profile.n', 'profile.name')
const features = fc.option(fc.uniqueArray(feature, { minLength: 1 }), { nil: undefined })
const group = fc.constantFrom('spent', 'doubled', 'profile', 'nothing')
const groups = fc.option(fc.uniqueArray(group, { minLength: 1 }), { nil: undefined })
const at = fc.constantFrom('2024-02-28', '2024-02-29T12:00:00Z', '2024-03-01', '2024-03-02T01:02:03.456Z', '2030-01-01')
const range = { start: fc.option(at, { nil: undefined }), end: fc.option(at, { nil: undefined }) }
const limits = { tier: fc.constantFrom(undefined, undefined, 'redis', 'latest') }
const limit = fc.constantFrom(undefined, 0, 1, 100)
const none = fc.constant({})
const value = fc.constantFrom(0, 9, 10, null)

const rows = fc.array(fc.record({ user_id: key, event_timestamp: at }), { minLength: 1, maxLength: 5 })
const spine = fc.oneof(
  rows.map((rows) => ({ rows })),
  fc.constant({ sql: 'SELECT user_id, event_timestamp, note AS mine FROM fstore_offline.spent ORDER BY 1, 2' }),
)
const joined = fc.record({ spine, features: fc.uniqueArray(feature, { minLength: 1 }), knownAt: fc.boolean() })
const drawn = fc.record(
  { sample: fc.integer({ min: 1, max: 5 }), impute: fc.constantFrom('zero', 'mean') },
  { requiredKeys: [] },
)

async function all(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const list = []
  for await (const row of rows) list.push(row)
  return list
}

async function* bytes(text: string) {
  yield Buffer.from(text)
}

/** By name of the method. */
export const actions: Readonly<Record<string, Action>> = {
  getFeatures: {
    request: fc.record({ entity: fc.constant('user'), key, features, ...limits }),
    run: (store, request) => store.getFeatures(request),
  },
  getMany: {
    request: fc.record({ entity: fc.constant('user'), keys: keyList, features, ...limits }),
    run: (store, request) => store.getMany(request),
  },
  getVector: {
    request: fc.record({ service: fc.constant('vector'), keys: fc.record({ user_id: key }), ...limits }),
    run: (store, request) => store.getVector(request),
  },
  getVectors: {
    request: fc.record({ service: fc.constant('vector'), keys: fc.array(fc.record({ user_id: key })), ...limits }),
    run: (store, request) => store.getVectors(request),
  },
  featuresAt: {
    request: fc.record({ entity: fc.constant('user'), key, features, at }),
    run: (store, request) => store.featuresAt(request),
  },
  range: {
    request: fc.record({
      entity: fc.constant('user'),
      keys: fc.option(keyList, { nil: undefined }),
      features,
      ...range,
    }),
    run: (store, request) => all(store.range(request)),
  },
  history: {
    request: fc.record({ feature, key, all: fc.boolean(), ...range }),
    run: (store, request) => all(store.history(request)),
  },
  aggregate: {
    request: fc.record({
      feature,
      aggregation: fc.constantFrom('sum', 'avg', 'count', 'min', 'max'),
      by: fc.constantFrom(undefined, 'day', 'month'),
      perEntity: fc.boolean(),
      ...range,
    }),
    run: (store, request) => all(store.aggregate(request)),
  },
  stats: { request: none, run: (store) => store.stats() },
  pointInTime: { request: joined, run: (store, request) => all(store.pointInTime(request)) },
  exportPointInTime: {
    request: fc.tuple(joined, fc.constantFrom('csv', 'jsonl')).map(([request, format]) => ({ ...request, format })),
    async run(store, request) {
      const pieces: Uint8Array[] = []
      const report = await store.exportPointInTime({ ...request, names: 'full' }, (piece) => void pieces.push(piece))
      return { report, text: Buffer.concat(pieces).toString() }
    },
  },
  explainPointInTime: { request: joined, run: (store, request) => store.explainPointInTime(request), isGlobal: true },
  trainingData: { request: drawn, run: (store, request) => all(store.trainingData('labels', request)) },
  loadMatrix: { request: drawn, run: (store, request) => store.loadMatrix('labels', request) },
  exportTraining: {
    request: drawn,
    async run(store, request, folder) {
      const output = join(folder, 'labels.csv')
      return store.exportTraining({ ...request, dataset: 'labels', format: 'csv', output })
    },
  },
  exportFineTuning: {
    request: drawn,
    run: (store, request, folder) =>
      store.exportFineTuning({ ...request, dataset: 'labels', output: join(folder, 'labels.jsonl') }),
  },
  verifyTraining: {
    request: none,
    run: (store, _, folder) => store.verifyTraining(join(folder, 'labels.csv.manifest.json')),
  },
  setFeature: {
    request: fc.record({
      feature: fc.constantFrom('profile.n', 'profile.name', 'spent.amount'),
      key: writtenKey,
      value,
      eventTimestamp: at,
    }),
    run: (store, request) => store.setFeature(request),
  },
  setFeatures: {
    request: fc.record({
      group,
      rows: fc.array(fc.record({ key: writtenKey, features: fc.record({ n: value }), eventTimestamp: at }), {
        maxLength: 3,
      }),
    }),
    run: (store, request) => store.setFeatures(request),
  },
  pushLines: {
    request: fc.record({ user_id: writtenKey, n: value, event_timestamp: at }),
    run: (store, line) => all(store.pushLines({ group: 'profile', content: bytes(JSON.stringify(line)) })),
  },
  plan: { request: none, run: (store) => store.plan() },
  planReport: { request: fc.record({ full: fc.boolean() }), run: (store, request) => store.planReport(request) },
  build: { request: fc.record({ full: fc.boolean() }), run: async (store, request) => store.build(request) },
  materialize: {
    request: fc.record({ groups: fc.constantFrom(['spent'], ['doubled'], ['nothing']), start: at, end: at }),
    run: async (store, request) => store.materialize(request),
  },
  sync: { countsRedis: true, request: fc.record({ groups }), run: async (store, request) => store.sync(request) },
  syncFromOffline: { countsRedis: true, request: groups, run: async (store, names) => store.syncFromOffline(names) },
  invalidate: {
    countsRedis: true,
    request: fc.record({ entity: fc.constant('user'), key, groups }),
    run: (store, request) => store.invalidate(request),
  },
  verify: {
    countsRedis: true,
    request: fc.record({ groups, all: fc.boolean() }),
    run: (store, request) => store.verify(request),
  },
  preview: {
    request: fc.record({ group, at, limit: fc.constantFrom(1, 10) }),
    run: (store, request) => store.preview(request),
  },
  validate: { request: none, run: (store) => store.validate() },
  versions: { request: group, run: (store, name) => store.versions(name) },
  diff: { request: fc.record({ group }), run: (store, request) => store.diff(request) },
  rollback: { request: fc.record({ group }), run: (store, request) => store.rollback(request) },
  jobs: {
    request: fc.record({ group: fc.option(group, { nil: undefined }), limit }),
    run: (store, request) => store.jobs(request),
  },
  inspect: {
    request: fc.oneof(fc.record({ of: group }), fc.record({ of: feature, now: fc.boolean() })),
    run: (store, request) => store.inspect(request),
  },
  drift: { request: none, run: (store) => store.drift() },
  setBaseline: { request: group, run: (store, name) => store.setBaseline(name) },
  status: { request: none, run: (store) => store.status() },
  rejected: {
    request: fc.record({ group: fc.option(group, { nil: undefined }), limit }),
    run: (store, request) => store.rejected(request),
  },
  replayRejected: { request: fc.record({ group }), run: async (store, request) => store.replayRejected(request) },
  cleanup: {
    request: fc.record({ dryRun: fc.boolean() }),
    run: (store, request) => store.cleanup(request),
    isGlobal: true,
  },
  erase: {
    countsRedis: true,
    request: fc.record({ entity: fc.constant('user'), key, dryRun: fc.boolean() }),
    run: (store, request) => store.erase(request),
  },
  migrate: { request: none, run: (store) => store.migrate() },
  migrationStatus: { request: none, run: (store) => store.migrationStatus() },
  groups: { request: none, run: (store) => store.groups() },
}

/** Why a method is not among them. */
export const elsewhere: Readonly<Record<string, string>> = {
  tenants: 'lists all tenants: for whoever runs the store',
  addTenant: 'adds a tenant, and touches no row of any',
  suspendTenant: 'is about another tenant, whose rows stay',
  runScript: 'runs the SQL of whoever connects, as that user',
  query: 'runs the SQL of whoever connects, as that user',
  close: 'ends the store',
}

export type Call = readonly [name: string, request: any]

export const calls: fc.Arbitrary<Call> = fc
  .constantFrom(...Object.keys(actions))
  .chain((name) => (actions[name] as Action).request.map((request): Call => [name, request]))
