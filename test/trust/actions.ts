/** Every method of a store, and what is built on it, with requests drawn at random, as plain data. */
import { join } from 'node:path'
import fc from 'fast-check'
import { enrichContextWithFeatures } from '../../src/agents/context.js'
import { featureListTool } from '../../src/agents/feature-list.js'
import { featureTool } from '../../src/agents/tool.js'
import type { AnyStore } from '../../src/store.js'
import { bytes, collect } from '../streams.js'
import { eventOf, keyOf, keys } from './shop.js'

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
const stored = ['spent.amount', 'spent.note', 'doubled.doubled', 'doubled.said', 'profile.name', 'acts.said'] as const
const feature = fc.constantFrom(...stored, 'acts.times')
const readable = fc.constantFrom(...stored, 'times.text', 'times.amount', 'asked.note', 'asked.orders')
const readables = fc.option(fc.uniqueArray(readable, { minLength: 1 }), { nil: undefined })
const features = fc.option(fc.uniqueArray(feature, { minLength: 1 }), { nil: undefined })
const group = fc.constantFrom('spent', 'doubled', 'profile', 'acts', 'asked', 'nothing')
/** What on-demand features are computed with. */
const request = fc.constantFrom(undefined, { by: 2, word: 'so' }, { by: 2, word: "'" })
const service = fc.constantFrom('vector', 'computed')
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

const vector = fc.tuple(fc.integer({ min: 0, max: 99 }), fc.constant(1))
const event = fc
  .tuple(fc.constantFrom('e0', 'e1', 'e2', 'refused', 'new'), writtenKey, fc.constantFrom('a', 'b!'))
  .map(([id, key, said]) => eventOf(id, key, said))

/** By name of the method. */
export const actions: Readonly<Record<string, Action>> = {
  getFeatures: {
    request: fc.record({ entity: fc.constant('user'), key, features: readables, request, ...limits }),
    run: (store, request) => store.getFeatures(request),
  },
  getMany: {
    request: fc.record({ entity: fc.constant('user'), keys: keyList, features: readables, request, ...limits }),
    run: (store, request) => store.getMany(request),
  },
  getVector: {
    request: fc.record({ service, keys: fc.record({ user_id: key }), request, ...limits }),
    run: (store, request) => store.getVector(request),
  },
  getVectors: {
    request: fc.record({ service, keys: fc.array(fc.record({ user_id: key })), request, ...limits }),
    run: (store, request) => store.getVectors(request),
  },
  featuresAt: {
    request: fc.record({ entity: fc.constant('user'), key, features: readables, request, at }),
    run: (store, request) => store.featuresAt(request),
  },
  vectorAt: {
    request: fc.record({ service, keys: fc.record({ user_id: key }), request, at }),
    run: (store, request) => store.vectorAt(request),
  },
  searchSimilar: {
    request: fc.record({
      feature: fc.constantFrom('liked.likes', 'spent.amount'),
      key: fc.option(key, { nil: undefined }),
      vector: fc.option(vector, { nil: undefined }),
      exact: fc.boolean(),
      limit: fc.constantFrom(1, 100),
      features: fc.constantFrom(undefined, ['spent.note', 'profile.name', 'asked.note']),
    }),
    run: (store, request) => store.searchSimilar(request),
  },
  range: {
    request: fc.record({
      entity: fc.constant('user'),
      keys: fc.option(keyList, { nil: undefined }),
      features,
      ...range,
    }),
    run: (store, request) => collect(store.range(request)),
  },
  history: {
    request: fc.record({ feature, key, all: fc.boolean(), ...range }),
    run: (store, request) => collect(store.history(request)),
  },
  aggregate: {
    request: fc.record({
      feature,
      aggregation: fc.constantFrom('sum', 'avg', 'count', 'min', 'max'),
      by: fc.constantFrom(undefined, 'day', 'month'),
      perEntity: fc.boolean(),
      ...range,
    }),
    run: (store, request) => collect(store.aggregate(request)),
  },
  stats: { request: none, run: (store) => store.stats() },
  pointInTime: { request: joined, run: (store, request) => collect(store.pointInTime(request)) },
  exportPointInTime: {
    request: fc.tuple(joined, fc.constantFrom('csv', 'jsonl')).map(([request, format]) => ({ ...request, format })),
    async run(store, request) {
      const pieces: Uint8Array[] = []
      const report = await store.exportPointInTime({ ...request, names: 'full' }, (piece) => void pieces.push(piece))
      return { report, text: Buffer.concat(pieces).toString() }
    },
  },
  explainPointInTime: { request: joined, run: (store, request) => store.explainPointInTime(request), isGlobal: true },
  trainingData: { request: drawn, run: (store, request) => collect(store.trainingData('labels', request)) },
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
    run: (store, line) => collect(store.pushLines({ group: 'profile', content: bytes(JSON.stringify(line)) })),
  },
  ingest: {
    request: fc.array(event, { maxLength: 4 }),
    run: (store, events) => store.ingest(events),
  },
  ingestLines: {
    request: event,
    run: (store, line) => collect(store.ingestLines({ content: bytes(JSON.stringify(line)) })),
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
  // Estimates of the planner's are of all rows.
  overview: { request: none, run: (store) => store.overview(), isGlobal: true },
  coverage: { request: none, run: (store) => store.coverage() },
  groupDetail: { request: group, run: (store, name) => store.groupDetail(name), countsRedis: true },
  lineage: { request: none, run: (store) => store.lineage() },
  entityValues: {
    request: fc.record({ entity: fc.constant('user'), key, at: fc.option(at, { nil: undefined }) }),
    run: (store, request) => store.entityValues(request),
  },
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
  doctor: { request: none, run: (store) => store.doctor(), isGlobal: true },
  sourceRows: {
    request: fc.record({
      group: fc.constantFrom('spent', 'spent', 'doubled', 'acts', 'asked'),
      at,
      key: fc.option(key, { nil: undefined }),
      since: fc.option(at, { nil: undefined }),
      limit: fc.constantFrom(undefined, 1, 3),
    }),
    run: (store, request) => store.sourceRows(request),
  },
}

/** What others are given in place of a store. */
export const builtOn: Readonly<Record<string, Action>> = {
  'the tool of agents': {
    request: fc.record({
      entities: fc.record({
        user: fc.record({
          keys: fc.array(fc.record({ user_id: key }), { minLength: 1, maxLength: 3 }),
          features: fc.uniqueArray(readable, { minLength: 1 }),
        }),
      }),
      services: fc.record({ computed: fc.record({ keys: fc.array(fc.record({ user_id: key }), { minLength: 1 }) }) }),
      request,
    }),
    async run(store, request) {
      const { text } = await featureTool(store).run(request)
      // How old a value is changes by the second.
      return JSON.parse(text, (name, value) => (name === 'age' ? undefined : value))
    },
  },
  'the list for agents': {
    request: fc.record({ search: fc.constantFrom('spent', 'secret', "' OR true --") }),
    run: (store, request) => featureListTool(store).run(request),
  },
  'the context of agents': {
    request: fc.record({ entities: fc.record({ user: fc.record({ key, features: readables }) }), request }),
    run: (store, request) => enrichContextWithFeatures(store, request),
  },
}

const everything = { ...actions, ...builtOn }

/** Why a method is not among them. */
export const elsewhere: Readonly<Record<string, string>> = {
  tenants: 'lists all tenants: for whoever runs the store',
  addTenant: 'adds a tenant, and touches no row of any',
  suspendTenant: 'is about another tenant, whose rows stay',
  runScript: 'runs the SQL of whoever connects, as that user',
  query: 'runs the SQL of whoever connects, as that user',
  close: 'ends the store',
  readiness: 'tells whether the database is there, and of no row',
  forTenant: 'is a store of its own: all but the first of these stores are made by it',
  knowsTenant: 'lists tenants, as tenants() does',
  place: 'says where the database is',
  databaseKind: 'says which driver it is',
  schedule: 'builds for every tenant, whoever asks: the test of schedules below looks at what it writes',
}

export type Call = readonly [name: string, request: any]

export const calls: fc.Arbitrary<Call> = fc
  .constantFrom(...Object.keys(everything))
  .chain((name) => actionOf(name).request.map((request): Call => [name, request]))

export const once = (): Call[] =>
  Object.entries(everything).map(([name, { request }]) => [name, fc.sample(request, 1)[0]])

export function actionOf(name: string): Action {
  return everything[name] as Action
}
