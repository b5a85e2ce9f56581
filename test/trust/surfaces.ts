/** Everything of a store, and of a server, that takes a text from a caller. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { featureListTool } from '../../src/agents/feature-list.js'
import { featureTool } from '../../src/agents/tool.js'
import type { AnyStore } from '../../src/store.js'
import { bytes, collect } from '../streams.js'
import { as } from './harmless.js'
import { eventOf } from './shop.js'

export const at = '2024-02-29T12:00:00Z'
const user = { entity: 'user', features: ['spent.amount', 'profile.name'] }

function raise(error: unknown): never {
  throw error
}
const joined = (store: AnyStore, spine: any, features: any = ['spent.amount']) =>
  store.exportPointInTime({ spine, features, names: 'full', format: 'jsonl' }, () => {})
const acted = (store: AnyStore, event: object, options = {}) =>
  store.ingest([{ ...eventOf('e', 'u9', 'a'), ...event }], options)
const asked = { entity: 'user', key: 'u0', features: ['asked.note', 'times.text'] }
const by = { by: 2, word: 'so' }
const likes = { feature: 'liked.likes', vector: [1, 1] }
const recent = { group: 'spent', at: '2024-03-01' }
const rowsWith = (row: object) => ({ rows: [{ user_id: 'u0', event_timestamp: at, ...row }] })

/** By what is given, what is done with it. Types are what a caller without them would ignore. */
export const surfaces: Readonly<Record<string, (store: AnyStore, text: any) => unknown>> = {
  'a key, read': (store, key) => store.getMany({ ...user, keys: [key, { user_id: key }] }),
  'a key, of the past': (store, key) => store.featuresAt({ ...user, key, at }),
  'a key’s name': (store, text) => store.getFeatures({ ...user, key: { [text]: 'u0' } }),
  'a key of a vector': (store, key) => store.getVector({ service: 'vector', keys: { user_id: key } }),
  'a key of a range': (store, key) => collect(store.range({ ...user, keys: [key] })),
  'a key of a history': (store, key) => collect(store.history({ feature: 'spent.amount', key })),
  'a key, aggregated': (store, key) =>
    collect(store.aggregate({ feature: 'spent.amount', aggregation: 'sum', keys: [key] })),
  'a key, invalidated': (store, key) => store.invalidate({ entity: 'user', key }),
  'a key, erased': (store, key) => store.erase({ entity: 'user', key: `${key}!` }),
  'an entity': (store, entity) => store.getFeatures({ ...user, entity, key: 'u0' }),
  'a feature': (store, name) => store.getFeatures({ ...user, features: [name], key: 'u0' }),
  'a feature of a group': (store, name) => store.getFeatures({ ...user, features: [`spent.${name}`], key: 'u0' }),
  'a version': (store, name) => store.getFeatures({ ...user, features: [`spent.amount@${name}`], key: 'u0' }),
  'a feature of a history': (store, feature) => collect(store.history({ feature, key: 'u0' })),
  'a feature of a range': (store, name) => collect(store.range({ entity: 'user', features: [name] })),
  'a feature of an export': (store, name) => joined(store, rowsWith({}), [name]),
  'an alias and a join key of an export': (store, text) =>
    joined(store, rowsWith({ [text]: 'u1' }), [{ feature: 'spent.amount', as: text, keys: { user_id: text } }]),
  'a service': (store, service) => store.getVector({ service, keys: { user_id: 'u0' } }),
  'a tier': (store, tier) => store.getFeatures({ ...user, key: 'u0', tier }),
  'a maximal age': (store, maxAge) => store.getFeatures({ ...user, key: 'u0', maxAge }),
  'a dataset': (store, name) => collect(store.trainingData(name)),
  'what a sample is stratified by': (store, stratify) => collect(store.trainingData('labels', { sample: 2, stratify })),
  'the size of a sample': (store, sample) => collect(store.trainingData('labels', { sample })),
  'a seed': (store, seed) => collect(store.trainingData('labels', { sample: 2, seed })),
  'an imputation': (store, impute) => store.loadMatrix('labels', { impute }),
  'an aggregation': (store, aggregation) => collect(store.aggregate({ feature: 'spent.amount', aggregation })),
  'a bucket': (store, by) => collect(store.aggregate({ feature: 'spent.amount', aggregation: 'sum', by })),
  'the limit of a history': (store, limit) => collect(store.history({ feature: 'spent.amount', key: 'u0', limit })),
  'a status of jobs': (store, status) => store.jobs({ status }),
  'an instant': (store, at) => store.featuresAt({ ...user, key: 'u0', at }),
  'a start and an end': (store, text) => collect(store.range({ ...user, start: text, end: text })),
  'an instant of a preview': (store, at) => store.preview({ group: 'spent', at }),
  'a start of a build': (store, start) => store.build({ start }),
  'an end of windows': (store, end) => store.materialize({ groups: ['spent'], start: '2024-02-28', end }),
  'a group of a preview': (store, group) => store.preview({ group }),
  'a group of windows': (store, group) =>
    store.materialize({ groups: [group], start: '2024-02-28', end: '2024-02-29' }),
  'a selection': (store, name) => store.build({ select: [name] }),
  'a tag': (store, name) => store.build({ select: [`tag:${name}`, `+${name}+`] }),
  'a group of versions': (store, group) => store.versions(group),
  'a group of a difference': (store, group) => store.diff({ group }),
  'a group of a rollback': (store, group) => store.rollback({ group }),
  'a group of jobs': (store, group) => store.jobs({ group }),
  'a group of rejected rows': (store, group) => store.rejected({ group }),
  'a group of a replay': (store, group) => store.replayRejected({ group }),
  'a group of a sync': (store, group) => store.sync({ groups: [group] }),
  'a group of a verification': (store, group) => store.verify({ groups: [group] }),
  'what is inspected': (store, of) => store.inspect({ of }),
  'what a baseline is set of': (store, group) => store.setBaseline(group),
  'a tenant’s display name': (store, displayName) => store.addTenant({ tenant: 'named', displayName }),
  'a tenant that is suspended': (store, tenant) => store.suspendTenant(tenant),
  'a column of a spine': (store, text) => joined(store, rowsWith({ [text]: 1 })),
  'a column of a CSV': (store, text) =>
    joined(store, { csv: bytes(`user_id,event_timestamp,"${String(text).replaceAll('"', '""')}"\nu0,${at},1\n`) }),
  'a whole CSV': (store, text) => joined(store, { csv: bytes(`user_id,event_timestamp\n${text}\n`) }),
  'a line of JSON': (store, text) => joined(store, { jsonl: bytes(`${text}\n`) }),
  'a cell of a spine': (store, text) =>
    joined(store, rowsWith({ user_id: text, more: text, deep: { [text]: [text] } })),
  'an instant of a spine': (store, text) => joined(store, rowsWith({ event_timestamp: text })),
  'the SQL of a spine': (store, text) => joined(store, { sql: text }),
  'what follows the SQL of a spine': (store, text) =>
    joined(store, { sql: `SELECT 'u0' AS user_id, timestamptz '${at}' AS event_timestamp ${text}` }),
  'a name in the SQL of a spine': (store, text) =>
    joined(store, {
      sql: `SELECT 'u0' AS user_id, timestamptz '${at}' AS event_timestamp, 1 AS "${String(text).replaceAll('"', '""')}"`,
    }),
  'a key that is pushed': (store, key) =>
    store.setFeatures({ group: 'profile', rows: [{ key, features: { n: 1 }, eventTimestamp: at }] }),
  'a value that is pushed': (store, value) =>
    store.setFeatures({
      group: 'profile',
      rows: [{ key: 'u9', features: { name: value, n: value }, eventTimestamp: at }],
    }),
  'a text that is pushed': (store, value) =>
    store.setFeature({ feature: 'profile.name', key: 'u9', value, eventTimestamp: at }),
  'a feature that is pushed': (store, text) =>
    store.setFeatures({
      group: 'profile',
      rows: [{ key: 'u9', features: JSON.parse(`{${JSON.stringify(text)}:1}`), eventTimestamp: at }],
    }),
  'an instant that is pushed': (store, text) =>
    store.setFeature({ feature: 'profile.n', key: 'u9', value: 1, eventTimestamp: text }),
  'a group that is pushed to': (store, group) => store.setFeatures({ group, rows: [] }),
  'a line that is pushed': (store, text) => collect(store.pushLines({ group: 'profile', content: bytes(text) })),
  'a field of a line that is pushed': (store, text) =>
    collect(
      store.pushLines({
        group: 'profile',
        content: bytes(JSON.stringify({ user_id: text, name: text, [text]: text })),
      }),
    ),
  'an event': (store, event) => store.ingest([event], { lenient: true }),
  'the id of an event': (store, id) => acted(store, { id }, { lenient: true }),
  'the type of an event': (store, type) => acted(store, { type }),
  'the instant of an event': (store, timestamp) => acted(store, { timestamp }),
  'a payload': (store, payload) => acted(store, { payload }, { lenient: true }),
  'the key of an event': (store, key) =>
    store.ingest([eventOf(`key ${key}`.slice(0, 99), key, 'a')], { lenient: true }),
  'what an event says': (store, said) =>
    store.ingest([eventOf(`said ${said}`.slice(0, 99), 'u9', said)], { lenient: true }),
  'what a rejected event says, and in which field': (store, text) =>
    acted(
      store,
      { payload: { [text]: text, user_id: `r${text}`, said: `${text}!`, n: 1 }, id: `x${text}` },
      { lenient: true },
    ),
  'a line of events': (store, text) => collect(store.ingestLines({ content: bytes(text) })),
  'a field of a line of events': (store, text) =>
    collect(store.ingestLines({ content: bytes(JSON.stringify({ ...eventOf('e', text, text), [text]: text })) })),
  'an embedding': (store, feature) => store.searchSimilar({ ...likes, feature }),
  'an embedding of a group': (store, name) => store.searchSimilar({ ...likes, feature: `liked.${name}` }),
  'a version of an embedding': (store, name) => store.searchSimilar({ ...likes, feature: `liked.likes@${name}` }),
  'the key of an embedding': (store, key) => store.searchSimilar({ feature: 'liked.likes', key }),
  'a vector': (store, vector) => store.searchSimilar({ ...likes, vector }),
  'an element of a vector': (store, element) => store.searchSimilar({ ...likes, vector: [element, 1] }),
  'the limit of a search': (store, limit) => store.searchSimilar({ ...likes, limit }),
  'the threshold of a search': (store, threshold) => store.searchSimilar({ ...likes, threshold }),
  'whether a search is exact': (store, exact) => store.searchSimilar({ ...likes, exact }),
  'a feature of what is similar': (store, name) => store.searchSimilar({ ...likes, features: [name] }),
  'a key, computed with': (store, key) => store.getMany({ ...asked, keys: [key, 'u0'], request: by }),
  'request data': (store, word) => store.getFeatures({ ...asked, request: { ...by, word } }),
  'request data of another type': (store, text) => store.getFeatures({ ...asked, request: { ...by, by: text } }),
  'a name of request data': (store, text) => store.getFeatures({ ...asked, request: { ...by, [text]: text } }),
  'all request data': (store, request) => store.getVector({ service: 'computed', keys: { user_id: 'u0' }, request }),
  'an instant, computed with': (store, at) => store.featuresAt({ ...asked, at, request: by }),
  'an instant of a vector': (store, at) =>
    store.vectorAt({ service: 'computed', keys: { user_id: 'u0' }, at, request: by }),
  'a key and a service of a vector of the past': (store, text) =>
    Promise.allSettled(
      ['computed', text].map((service) => store.vectorAt({ service, keys: { user_id: text }, at, request: by })),
    ).then(([first]) => (first?.status === 'rejected' ? Promise.reject(first.reason) : first)),
  'a column of a spine, computed with': (store, text) =>
    joined(store, rowsWith({ user_id: text, by: 1, word: text }), ['times.text', 'asked.note']),
  'a group of source rows': (store, group) => store.sourceRows({ ...recent, group }),
  'a key of source rows': (store, key) => store.sourceRows({ ...recent, key }),
  'an instant of source rows': (store, at) => store.sourceRows({ ...recent, at }),
  'the start of source rows': (store, since) => store.sourceRows({ ...recent, since }),
  'the limit of source rows': (store, limit) => store.sourceRows({ ...recent, limit }),
  'a tenant of source rows': (store, tenant) => as(store, tenant, (other) => other.sourceRows(recent)),
  'a group of schedules': (store, name) => store.schedule({ once: true, groups: [name] }),
  'a tenant': (store, tenant) =>
    as(store, tenant, async (other) => [
      await other.getFeatures({ ...user, key: 'u0' }),
      await other.getFeatures({ ...asked, request: by }),
      await other.knowsTenant(),
      await other.stats(),
    ]),
  'what agents ask for': (store, text) =>
    featureTool(store, { onError: raise }).run({
      entities: { user: { keys: [{ user_id: text }], features: ['asked.note', text] }, [text]: { keys: [{}] } },
      services: { computed: { keys: [{ user_id: text }] }, [text]: { keys: [{ [text]: text }] } },
      request: { ...by, word: text },
    }),
  'what agents search for': (store, search) => featureListTool(store).run({ search }),
  'a manifest': (store, path) => store.verifyTraining(join(tmpdir(), 'fstore-nowhere', path)),
  'a file of SQL': (store, path) => store.runScript(join(tmpdir(), 'fstore-nowhere', path)),
}

/** By path, bodies in which one thing is that text. */
export const bodiesWith = (text: any): Readonly<Record<string, readonly unknown[]>> => ({
  '/v1/features': [
    ...[{ entity: text }, { keys: [text] }, { keys: [{ [text]: text }] }, { features: [text] }, { maxAge: text }],
    ...[{ features: ['asked.note', 'times.text'], request: { ...by, word: text, [text]: text } }, { [text]: text }],
  ].map((part) => ({ entity: 'user', keys: ['u0'], features: ['spent.note'], ...part })),
  '/v1/vectors': [{ service: text }, { keys: [{ user_id: text }] }, { keys: [{ [text]: 'u0' }] }].map((part) => ({
    ...{ service: 'computed', keys: [{ user_id: 'u0' }], request: by },
    ...part,
  })),
  '/get-online-features': [
    ...[{ features: [text] }, { feature_service: text }, { entities: { user_id: [text], [text]: [text] } }],
    { features: ['times:text'], entities: { user_id: ['u0'], by: [text], word: [text] } },
  ].map((part) => ({ features: ['spent:note'], entities: { user_id: ['u0'] }, ...part })),
  '/v1/events': [
    text,
    { events: [text, { id: text, type: text, timestamp: text, payload: text }] },
    { events: [eventOf(`http ${text}`.slice(0, 99), text, text)] },
  ],
  '/v1/materialize': [{ groups: [text] }, { start: text }, { end: text }, { tenants: [text] }],
})
