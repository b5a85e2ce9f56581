/** Which versions a cleanup may drop. */

import { expect, test } from '@jest/globals'
import type { StoredVersion } from '../../src/maintenance/inventory.js'
import { retired } from '../../src/maintenance/retired.js'

/** `a1`: version 1 of the group a; promoted in the order of their numbers. */
function stored(name: string, options: Partial<StoredVersion> = {}): StoredVersion {
  const [group = '', version = ''] = name
  return {
    group,
    status: 'active',
    entity: { name: 'user', keys: [] },
    version: Number(version),
    fingerprint: name,
    promotedAt: `2026-03-0${version}T00:00:00Z`,
    isLive: false,
    isDeclared: false,
    dependsOn: [],
    history: '',
    latest: '',
    ...options,
  }
}
const live = { isLive: true, isDeclared: true }
const four = [stored('a1'), stored('a2'), stored('a3'), stored('a4', live)]
const reads = (fingerprint: string) => ({ dependsOn: [{ group: fingerprint[0] as string, fingerprint }] })

test.each<[what: string, versions: StoredVersion[], options: object, expected: string[]]>([
  ['the newest retired one is kept', four, {}, ['a1', 'a2']],
  ['as many as asked for are kept', four, { keepVersions: 2 }, ['a1']],
  ['none is kept', four, { keepVersions: 0 }, ['a1', 'a2', 'a3']],
  [
    'by when they were last promoted',
    [stored('a1', { promotedAt: '2026-04-01T00:00:00Z' }), ...four.slice(1)],
    {},
    ['a2', 'a3'],
  ],
  [
    'by the instant, not its text',
    [
      stored('a1', { promotedAt: '2026-03-03T00:00:00.12Z' }),
      stored('a2', { promotedAt: '2026-03-03T00:00:00.123Z' }),
      stored('a4', live),
    ],
    {},
    ['a1'],
  ],
  [
    'one that was never promoted is being built',
    [stored('a1', { promotedAt: null }), ...four.slice(1)],
    { keepVersions: 0 },
    ['a2', 'a3'],
  ],
  ['what the config means stays', four, { keepVersions: 0, declared: ['a1'] }, ['a2', 'a3']],
  [
    'what the registry was told last stays',
    [stored('a1', { isDeclared: true }), ...four.slice(1)],
    { keepVersions: 0 },
    ['a2', 'a3'],
  ],
  ['after a rollback the newer ones are retired', [stored('a1', live), stored('a2'), stored('a3')], {}, ['a2']],
  [
    'what a live version reads stays',
    [...four, stored('b1', { ...live, ...reads('a1') })],
    { keepVersions: 0, declared: ['a4', 'b1'] },
    ['a2', 'a3'],
  ],
  [
    'what a retired version reads does not',
    [...four, stored('b1', reads('a1')), stored('b2', live)],
    { keepVersions: 0, declared: ['a4', 'b2'] },
    ['a1', 'a2', 'a3', 'b1'],
  ],
  ['a group that is no longer declared keeps everything', four, { declared: [] }, []],
  [
    'unless told',
    four.map((one) => ({ ...one, status: 'archived' })),
    { declared: [], archived: true },
    ['a1', 'a2', 'a3', 'a4'],
  ],
  ['which a build must have found first', four, { declared: [], archived: true }, []],
  ['and declared ones keep theirs', four, { archived: true }, ['a1', 'a2']],
])('%s', (_, versions, { declared = ['a4'], ...options }: { declared?: string[] }, expected) => {
  const meant = new Map(declared.map((name) => [name[0] as string, name]))
  const names = retired(versions, { declared: meant, keepVersions: 1, archived: false, ...options })
  expect(names.map(({ fingerprint }) => fingerprint).sort()).toEqual(expected)
})
