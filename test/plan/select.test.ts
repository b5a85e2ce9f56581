import { beforeAll, describe, expect, test } from '@jest/globals'
import { sql } from '../../src/index.js'
import type { CompiledGroup } from '../../src/offline/compile.js'
import { selectGroups } from '../../src/plan/select.js'
import { compile, group } from '../project.js'

let groups: CompiledGroup[]

beforeAll(async () => {
  const reading = (name: string) => sql(Object.assign([''], { raw: [`SELECT 1 FROM fstore_offline.${name}`] }))
  groups = await compile(
    group('source', { tags: ['core'] }),
    group('middle', { sql: reading('source'), tags: ['core', 'late'] }),
    group('end', { sql: reading('middle') }),
    group('apart', { tags: ['late'] }),
  )
})

const chosen = (...patterns: string[]) => selectGroups(groups, patterns).map(({ group: { name } }) => name)

describe('patterns', () => {
  test.each<[string[], string[]]>([
    [[], ['source', 'middle', 'end', 'apart']],
    [['middle'], ['middle']],
    [
      ['end', 'source', 'end'],
      ['source', 'end'],
    ],
    [['+middle'], ['source', 'middle']],
    [['+end'], ['source', 'middle', 'end']],
    [['middle+'], ['middle', 'end']],
    [['source+'], ['source', 'middle', 'end']],
    [['+middle+'], ['source', 'middle', 'end']],
    [['+apart+'], ['apart']],
    [['tag:core'], ['source', 'middle']],
    [['tag:late'], ['middle', 'apart']],
    [['tag:late+'], ['middle', 'end', 'apart']],
    [
      ['+tag:late', 'end'],
      ['source', 'middle', 'end', 'apart'],
    ],
  ])('%j chooses %j, each after those it reads', (patterns, expected) => {
    expect(chosen(...patterns)).toEqual(expected)
  })

  test.each([
    ['midle', /"middle"/],
    ['+sourc', /"source"/],
    ['tag:lat', /"tag:late"/],
    ['something_else', /apart.*end|source.*apart/],
    ['', /./],
    ['tag:', /./],
  ])('%s is unknown', (pattern, fix) => {
    expect(() => chosen(pattern)).toThrow(
      expect.objectContaining({ code: 'NAME_UNKNOWN', fix: expect.stringMatching(fix) }),
    )
  })
})
