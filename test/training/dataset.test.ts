/** Datasets as an application has them: drawn, split, filled in, exported, and verified later. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  array,
  batch,
  bool,
  createFeatureStore,
  dataset,
  defineConfig,
  entity,
  float64,
  int64,
  service,
  sql,
  string,
} from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })

/** Ten days of 60 users; some have no score, `spent` has gaps, `tags` have different lengths. */
const activity = (offset: number) =>
  batch('activity', {
    entity: user,
    start: '2026-01-01',
    end: '2026-01-11',
    features: { visits: int64(), spent: float64(), color: string(), tags: array() },
    sql:
      offset === 0
        ? sql`SELECT user_id, visits, spent, color, tags FROM activity WHERE at = :start_time`
        : sql`SELECT user_id, visits + 100 AS visits, spent, color, tags FROM activity WHERE at = :start_time`,
  })

const source = `
  CREATE TABLE activity AS SELECT 'u' || u AS user_id, '2026-01-01Z'::timestamptz + d * interval '1 day' AS at,
    (u * 10 + d)::int AS visits, CASE WHEN u % 4 <> 0 THEN u * 1.5::float8 END AS spent,
    CASE WHEN u % 2 = 0 THEN 'red' ELSE 'blue' END AS color,
    (ARRAY[u, d, 7]::float8[])[1:1 + u % 3] AS tags
  FROM generate_series(1, 60) AS u, generate_series(0, 9) AS d;
  CREATE TABLE labels AS SELECT 'u' || (i % 60 + 1) AS user_id,
    '2026-01-02Z'::timestamptz + i * interval '25 minutes' AS event_timestamp, i % 5 = 0 AS bought
  FROM generate_series(0, 499) AS i;
  GRANT SELECT ON activity, labels TO fstore_app`

const configOf = (database: string, offset = 0) => {
  const group = activity(offset)
  const vector = service('vector', [group.pick('visits', 'spent', 'color', 'tags')])
  const spine = sql`SELECT user_id, event_timestamp, bought FROM labels ORDER BY event_timestamp`
  const label = { bought: bool() }
  return defineConfig({
    project: 'shop',
    groups: [group],
    services: [vector],
    datasets: [
      dataset('all', { service: vector, spine, label }),
      dataset('by_time', {
        service: vector,
        spine,
        label,
        split: { by: 'time', train: 0.6, validation: 0.2, test: 0.2 },
      }),
      dataset('by_entity', { service: vector, spine, label, split: { by: 'entity', train: 0.5, test: 0.5 } }),
      dataset('chat', {
        service: vector,
        spine,
        label,
        sample: 10,
        fineTuning: { system: 'You sell.', user: '{{activity.visits}} visits', assistant: 'bought: {{bought}}' },
      }),
    ],
    profiles: { default: { database } },
  })
}

const open = (database: string, root: string, offset = 0) => createFeatureStore(configOf(database, offset), { root })

async function csvOf(path: string): Promise<Record<string, string>[]> {
  const [head = '', ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const names = head.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i] as string, cell])))
}

const share = (rows: readonly Record<string, string>[]) => rows.filter((row) => row.bought === 't').length / rows.length

describeEachDatabase(
  (given) => {
    let root: string
    let store: ReturnType<typeof open>
    const file = (name: string) => join(root, name)

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'fstore-dataset-'))
      store = open(given.url, root)
      await store.migrate()
      await writeFile(file('source.sql'), source)
      await store.runScript(file('source.sql'))
      expect(await store.build()).toMatchObject({ status: 'done' })
    })
    afterAll(async () => {
      await store.close()
      await rm(root, { recursive: true, force: true })
    })

    const exported = async (name: string, options: Partial<Parameters<typeof store.exportTraining>[0]> = {}) => {
      const output = file(`${name}.csv`)
      const report = await store.exportTraining({ dataset: 'all', format: 'csv', output, ...options })
      return { report, output, rows: await csvOf(output) }
    }

    test('every row once, in order, labels through, nothing newer than its row', async () => {
      const { report, rows } = await exported('whole')
      expect(rows).toHaveLength(500)
      expect(rows.map((row) => row.event_timestamp)).toEqual([...rows.map((row) => row.event_timestamp)].sort())
      expect(share(rows)).toBe(0.2)
      expect(report.groups).toMatchObject([{ matched: 500, tooOld: 0, noHistory: 0 }])
      expect(report.groups[0]?.nearest).toBeGreaterThanOrEqual(0)
      expect(report.missing).toMatchObject({ activity__visits: 0, activity__spent: 125 })
    })

    test('a sample has its exact size, the same rows again, others with another seed', async () => {
      const keys = ({ rows }: { rows: Record<string, string>[] }) =>
        rows.map((row) => `${row.user_id} ${row.event_timestamp}`)
      const first = keys(await exported('sample1', { sample: 73 }))
      expect(first).toHaveLength(73)
      expect(new Set(first).size).toBe(73)
      expect(keys(await exported('sample2', { sample: 73 }))).toEqual(first)
      expect(keys(await exported('sample3', { sample: 73, seed: 1 }))).not.toEqual(first)
      expect(keys(await exported('sample4', { sample: 9999 }))).toHaveLength(500)
    })

    test('a stratified sample keeps the proportions and the size', async () => {
      for (const sample of [10, 33, 77, 101]) {
        const { rows } = await exported('strata', { sample, stratify: 'bought' })
        expect(rows).toHaveLength(sample)
        expect(Math.abs(rows.filter((row) => row.bought === 't').length - sample * 0.2)).toBeLessThan(1)
      }
    })

    test('a split by time has the oldest rows first, and instants whole', async () => {
      const { rows } = await exported('time', { dataset: 'by_time' })
      const count = (part: string) => rows.filter((row) => row.split === part).length
      expect([count('train'), count('validation'), count('test')]).toEqual([300, 100, 100])
      expect(rows.map((row) => row.split)).toEqual([
        ...Array(300).fill('train'),
        ...Array(100).fill('validation'),
        ...Array(100).fill('test'),
      ])
    })

    test('a split by entity keeps the rows of one together', async () => {
      const { rows } = await exported('entity', { dataset: 'by_entity' })
      const parts = new Map<string, Set<string>>()
      for (const { user_id = '', split = '' } of rows) parts.set(user_id, (parts.get(user_id) ?? new Set()).add(split))
      expect([...parts.values()].every((set) => set.size === 1)).toBe(true)
      expect(new Set(rows.map((row) => row.split))).toEqual(new Set(['train', 'test']))
    })

    test('what is missing is left missing, or filled by the training part alone', async () => {
      const left = await exported('left', { dataset: 'by_time' })
      expect(left.rows.filter((row) => row.activity__spent === '')).toHaveLength(125)
      const numbers = left.rows
        .filter((row) => row.split === 'train' && row.activity__spent !== '')
        .map((row) => Number(row.activity__spent))
        .sort((a, b) => a - b)
      const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
      const middle = numbers.length / 2
      const median =
        numbers.length % 2 === 1
          ? numbers[Math.floor(middle)]
          : ((numbers[middle - 1] ?? 0) + (numbers[middle] ?? 0)) / 2
      for (const [impute, expected] of [
        ['zero', 0],
        ['mean', mean],
        ['median', median],
      ] as const) {
        const { report, rows } = await exported(`filled-${impute}`, { dataset: 'by_time', impute })
        const gaps = rows
          .filter((_, i) => left.rows[i]?.activity__spent === '')
          .map((row) => Number(row.activity__spent))
        expect(new Set(gaps).size).toBe(1)
        expect(gaps[0]).toBeCloseTo(expected as number, 9)
        expect(report.missing.activity__spent).toBe(125)
        // Text is no number to fill in.
        expect(report.imputed).not.toHaveProperty('activity__color')
      }
    })

    test('arrays are spread over columns', async () => {
      const { report, rows } = await exported('wide', { expand: true, sample: 50 })
      expect(report.columns.filter((name) => name.startsWith('activity__tags'))).toEqual([
        'activity__tags_0',
        'activity__tags_1',
        'activity__tags_2',
      ])
      for (const row of rows) expect(row.activity__tags_0).toBe(row.user_id?.slice(1))
    })

    test('rows, and a matrix of the same', async () => {
      const rows: { visits: number | null; bought: boolean }[] = []
      for await (const { features, label } of store.trainingData('all'))
        rows.push({ visits: features['activity.visits'], bought: label.bought })
      expect(rows).toHaveLength(500)
      const matrix = await store.loadMatrix('all')
      expect(matrix.rows).toBe(500)
      const column = (name: string) => matrix.data[matrix.columns.indexOf(name)] as Float64Array
      expect([...column('activity.visits')]).toEqual(rows.map(({ visits }) => visits))
      expect(matrix.labels.bought).toEqual(rows.map(({ bought }) => bought))
      expect([...column('activity.spent')].filter(Number.isNaN)).toHaveLength(125)
      expect(matrix.categories['activity.color']).toHaveLength(2)
    })

    test('chat examples by template, and without one', async () => {
      const output = file('chat.jsonl')
      expect(await store.exportFineTuning({ dataset: 'chat', output })).toMatchObject({ examples: 10, skipped: 0 })
      const [line = ''] = (await readFile(output, 'utf8')).split('\n')
      expect(JSON.parse(line)).toEqual({
        messages: [
          { role: 'system', content: 'You sell.' },
          { role: 'user', content: expect.stringMatching(/^\d+ visits$/) },
          { role: 'assistant', content: expect.stringMatching(/^bought: (true|false)$/) },
        ],
      })
      await store.exportFineTuning({ dataset: 'all', output, sample: 1 })
      const plain = JSON.parse((await readFile(output, 'utf8')).trim())
      expect(JSON.parse(plain.messages[0].content)).toHaveProperty(['activity.visits'])
    })

    test('a manifest verifies after corrections and a promotion; an edited file does not', async () => {
      for (const format of ['csv', 'jsonl'] as const) {
        const output = file(`kept.${format}`)
        const options = { dataset: 'by_time', format, output, impute: 'mean', expand: true, sample: 120 } as const
        const { manifest } = await store.exportTraining(options)
        expect(await store.verifyTraining(manifest)).toMatchObject({ untouched: true, reproduced: true })
        // The sources change, and every window runs again.
        await store.query(`UPDATE activity SET visits = visits + 1, spent = spent * 2`)
        await store.build({ full: true })
        expect(await store.verifyTraining(manifest)).toMatchObject({ untouched: true, reproduced: true })
        await writeFile(output, (await readFile(output, 'utf8')).replace('train', 'tr4in'))
        expect(await store.verifyTraining(manifest)).toMatchObject({ untouched: false, reproduced: false })
      }
      const output = file('promoted.csv')
      const { manifest } = await store.exportTraining({ dataset: 'all', format: 'csv', output })
      await store.close()
      store = open(given.url, root, 100)
      expect((await store.build()).groups).toMatchObject([{ promoted: true }])
      expect(await store.verifyTraining(manifest)).toMatchObject({ reproduced: true })
      const { rows } = await exported('after', {})
      expect(Number(rows[0]?.activity__visits)).toBeGreaterThan(Number((await csvOf(output))[0]?.activity__visits))
    })

    test('an unknown dataset, and a label to stratify by that is none', async () => {
      const any: AnyStore = store as unknown as AnyStore
      await expect(any.loadMatrix('al')).rejects.toMatchObject({ code: 'NAME_UNKNOWN' })
      await expect(exported('wrong', { sample: 5, stratify: 'brought' })).rejects.toMatchObject({
        code: 'NAME_UNKNOWN',
      })
    })
  },
  ['pglite', 'postgres'],
)
