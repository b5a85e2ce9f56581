/** What a model is shown of a config of any size, what it may ask, and what it is told when that fails. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { featureListTool } from '../../src/agents/feature-list.js'
import { type FeatureToolOptions, featureTool } from '../../src/agents/tool.js'
import { parseConfig } from '../../src/config/parse.js'
import {
  type AnyGroup,
  batch,
  createFeatureStore,
  defineConfig,
  embedding,
  entity,
  type FeatureStore,
  float64,
  int64,
  onDemand,
  sql,
  stream,
  timestamp,
} from '../../src/index.js'
import { configOf } from './config.js'

const user = entity('user', { user_id: 'string' })

const unread = async () => {
  throw new Error('postgres://user:hunter2@db')
}
/** A store of which nothing is read. */
const storeOf = (config: Parameters<typeof parseConfig>[0]) => ({
  project: parseConfig(config),
  tenant: 'default',
  getMany: unread,
  getVectors: unread,
})
const toolOf = (options?: FeatureToolOptions) => featureTool(storeOf(configOf('demo')), options)
const jsonSchema = (tool: { schema: z.ZodType }) => JSON.stringify(z.toJSONSchema(tool.schema, { io: 'input' }))

describe('what a model is shown', () => {
  test('everything, where it fits', () => {
    const tool = toolOf()
    expect(tool.description).toMatchSnapshot()
    expect(z.toJSONSchema(tool.schema, { io: 'input' })).toMatchSnapshot()
  })

  test('an allow-list hides the rest, in what is shown and in what is answered', async () => {
    const tool = toolOf({ features: ['clicks', 'profile.plan', 'messages'], name: 'ask', description: 'What we know.' })
    expect(tool).toMatchObject({ name: 'ask', description: expect.stringMatching(/^What we know\.\n/) })
    for (const text of [tool.description, jsonSchema(tool)]) {
      expect(text).toMatch(/profile\.clicks[\s\S]*talk\.messages[\s\S]*turn/)
      expect(text).not.toMatch(/score|offers|secrets|private|is_open/)
    }
    // Past the schema, as in a config too large for one that names everything.
    const { text } = await tool.run({
      entities: { user: { keys: [{ user_id: 'u1' }], features: ['secrets.shoe_size'] } },
    })
    expect(JSON.parse(text).entities.user.error).toMatchObject({ code: 'NAME_UNKNOWN' })
    expect(text).not.toContain('offers')
    expect(jsonSchema(toolOf({ entities: ['conversation'] }))).not.toContain('"user":{')
    expect(() => toolOf({ features: ['profile.click'] })).toThrow('has no feature "profile.click"')
    expect(() => toolOf({ services: ['tern'] })).toThrow('No service is called "tern"')
  })

  test.each([
    ['200 groups of one entity', () => entity('user', { id: 'string' })],
    ['200 entities', (i: number) => entity(`entity_${i}`, { id: 'string' })],
  ])('%s stay within bounds, and what is not named can be found', async (_, entityOf) => {
    const groups: AnyGroup[] = Array.from({ length: 200 }, (_, i) => {
      const features = Object.fromEntries(
        Array.from({ length: 20 }, (_, j) => [`feature_${j}`, int64({ description: `What it is: ${i} ${j}.` })]),
      )
      return batch(`group_${i}`, { entity: entityOf(i), every: '1d', sql: sql`SELECT 1`, features })
    })
    const store = storeOf(defineConfig({ project: 'large', groups }))
    const tool = featureTool(store)
    expect(tool.description.length).toBeLessThan(7_000)
    expect(jsonSchema(tool).length).toBeLessThan(16_000)
    expect(tool.description).toContain('There are too many to name all of them here.')
    const list = featureListTool(store)
    const { text } = await list.run({ search: 'GROUP_117 feature_3' })
    expect(text).toMatch(/^entity (user|entity_117)\n {4}group_117\.feature_3 int64: What it is: 117 3\.$/)
    const all = (await list.run({})).text.split('\n')
    expect(all.length).toBeLessThan(60)
    expect(all.at(-1)).toBe('… and 3950 more: search for words of what you need.')
    const name = entityOf(0).name
    const asked = tool.schema.parse({ entities: { [name]: { keys: [{ id: '1' }], features: ['group_0.feature_99'] } } })
    expect((await tool.run(asked)).text).toContain('Did you mean \\"group_0.feature_9\\"?')
  })
})

describe('what a model may ask', () => {
  const keys = (count: number) => Array.from({ length: count }, (_, i) => ({ user_id: `u${i}` }))
  test.each<[string, unknown, string]>([
    ['too many keys', { entities: { user: { keys: keys(11) } } }, 'Too big'],
    ['no key', { entities: { user: { keys: [] } } }, 'Too small'],
    ['a key too few', { entities: { conversation: { keys: [{ user_id: 'u1' }] } } }, 'conversation_id'],
    ['a key too many', { entities: { user: { keys: [{ user_id: 'u1', id: '1' }] } } }, '"id"'],
    [
      'an unknown service',
      { services: { trun: { keys: keys(1) } } },
      'There is no service "trun". Did you mean "turn"?',
    ],
    [
      'a group that there is not',
      { entities: { user: { keys: keys(1), features: ['profil.*'] } } },
      'Did you mean "profile.*"?',
    ],
  ])('%s is refused', (_, asked, why) => {
    const { error } = toolOf().schema.safeParse(asked)
    expect(error && z.prettifyError(error)).toContain(why)
  })

  test('nothing, or more features than fit, is answered so', async () => {
    expect(await toolOf().run({})).toEqual({ isError: true, text: expect.stringContaining('Nothing was asked for.') })
    const { text, isError } = await toolOf({ maxFeatures: 3 }).run({ entities: { user: { keys: keys(1) } } })
    expect(isError).toBe(true)
    expect(text).toContain('8 features of user are too many for one call; 3 may be named.')
  })

  test('a failure that is not ours tells nothing of itself', async () => {
    const errors: unknown[] = []
    const tool = toolOf({ onError: (error) => errors.push(error) })
    const { text, isError } = await tool.run({ entities: { user: { keys: keys(1) } } })
    expect(errors).toEqual([new Error('postgres://user:hunter2@db')])
    expect(isError).toBe(true)
    expect(JSON.parse(text).entities.user.error).toEqual({
      code: 'INTERNAL',
      message: 'The feature store failed; try again later.',
    })
  })

  test('a database that cannot be reached is told without its password', async () => {
    const config = configOf('demo', { default: { database: 'postgres://fstore:hunter2@127.0.0.1:1/none' } })
    const store = createFeatureStore(config)
    const asked = { entities: { user: { keys: keys(1), features: ['profile.clicks'] } } }
    const { text, isError } = await featureTool(store).run(asked)
    await store.close()
    expect(isError).toBe(true)
    expect(JSON.parse(text).entities.user.error).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      fix: expect.any(String),
    })
    expect(text).not.toMatch(/hunter2|\n/)
  })
})

describe('what is answered', () => {
  const profile = stream('profile', { entity: user, features: { clicks: int64(), taste: embedding(3) } })
  const pace = onDemand('pace', {
    entity: user,
    version: 1,
    inputs: [profile.pick('clicks')],
    request: { since: timestamp(), days: int64() },
    features: { a_day: float64() },
    compute: (given, { days }) => ({ a_day: given['profile.clicks'] === null ? null : given['profile.clicks'] / days }),
  })
  const config = defineConfig({ project: 'answers', groups: [profile, pace] })
  let root: string
  let store: FeatureStore<typeof config>

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-tool-'))
    store = createFeatureStore(config, { root })
    await store.build()
    const features = { clicks: 3, taste: new Float32Array([0.5, -1, 2]) }
    await store.setFeatures({ group: 'profile', rows: [{ key: 'u1', features }] })
  })
  afterAll(async () => {
    await store?.close()
    await rm(root, { recursive: true, force: true })
  })

  test.each<[string, object, Record<string, unknown>]>([
    ['all features: no vectors, and nothing that needs more than was said', {}, { 'profile.clicks': 3 }],
    ['a vector by its name', { features: ['profile.taste'] }, { 'profile.taste': [0.5, -1, 2] }],
    [
      'what is computed when it is read, with the request data',
      { features: ['pace.*'], request: { days: 2, since: '2024-03-01T00:00:00Z' } },
      { 'pace.a_day': 1.5 },
    ],
  ])('%s', async (_, { request, ...asked }: { request?: object }, values) => {
    const tool = featureTool(store)
    const question = { entities: { user: { keys: [{ user_id: 'u1' }], ...asked } }, ...(request && { request }) }
    const { text } = await tool.run(tool.schema.parse(question))
    const features = JSON.parse(text).entities.user[0].features as Record<string, { value: unknown }>
    expect(Object.fromEntries(Object.entries(features).map(([name, { value }]) => [name, value]))).toEqual(values)
  })

  test('request data that is missing is asked for', async () => {
    const tool = featureTool(store)
    expect(tool.description).toContain('pace.* (computed when read, needs request.since, needs request.days)')
    const { text, isError } = await tool.run({
      entities: { user: { keys: [{ user_id: 'u1' }], features: ['pace.a_day'] } },
    })
    expect(isError).toBe(true)
    expect(JSON.parse(text).entities.user.error).toMatchObject({ code: 'REQUEST_INVALID' })
  })
})
