import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fromMicroseconds, toMicroseconds } from '../../src/config/instant.js'
import { assemble, type Wanted } from '../../src/online/answer.js'
import type { Packed } from '../../src/online/packed.js'

import { rounds } from '../rounds.js'

const feature = { name: 'n', dataType: 'int64', rules: {} } as const
const wanted = (ttl?: number): Wanted => ({
  name: 'g.n',
  feature,
  position: 0,
  row: 0,
  ...(ttl !== undefined && { ttl }),
})
const packed = (at: string, value: unknown = 7): Packed => [
  '2026-03-01T00:00:01+00:00',
  at.replace('Z', '+00:00'),
  value,
]

function read(at: string, now: string | bigint, ttl?: number, value: unknown = 7) {
  const micros = typeof now === 'string' ? toMicroseconds(now) : now
  return assemble([wanted(ttl)], [{ packed: packed(at, value), source: 'latest' }], micros).features['g.n']
}

describe('a value', () => {
  const at = '2026-03-01T00:00:00.000001Z'

  test('exactly ttl old is still valid, and a microsecond later expired', () => {
    expect(read(at, '2026-03-02T00:00:00.000001Z', 86_400)).toMatchObject({ status: 'PRESENT', value: 7 })
    expect(read(at, '2026-03-02T00:00:00.000002Z', 86_400)).toMatchObject({ status: 'EXPIRED', value: null })
  })

  test('without a ttl never expires, nor does one from the future', () => {
    expect(read(at, '9999-12-31T00:00:00Z')).toMatchObject({ status: 'PRESENT' })
    expect(read(at, '2020-01-01T00:00:00Z', 1)).toMatchObject({ status: 'PRESENT' })
  })

  test('that expired still says since when it was, and which tier said so', () => {
    expect(read(at, '2027-01-01T00:00:00Z', 1)).toEqual({
      value: null,
      status: 'EXPIRED',
      eventTimestamp: new Date('2026-03-01T00:00:00.000Z'),
      eventTimestampText: at,
      source: 'latest',
    })
  })

  test('that is null is a null value, or an expired one', () => {
    expect(read(at, '2026-03-01T00:00:01Z', 5, null)).toMatchObject({ status: 'NULL_VALUE', value: null })
    expect(read(at, '2027-03-01T00:00:01Z', 5, null)).toMatchObject({ status: 'EXPIRED', value: null })
  })

  test('of no row was not found', () => {
    const none = { value: null, status: 'NOT_FOUND', eventTimestamp: null, eventTimestampText: null, source: null }
    for (const answer of [undefined, { packed: null, source: 'memory' } as const])
      expect(assemble([wanted(1)], [answer], 0n)).toEqual({ features: { 'g.n': none }, values: { 'g.n': null } })
  })

  test('is valid for as long as its ttl says, to the microsecond', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.nat(1e6), fc.bigInt(-10n, 10n), (start, ttl, off) => {
        const now = start + BigInt(ttl) * 1_000_000n + off
        expect(read(fromMicroseconds(start), now, ttl)?.status).toBe(off > 0n ? 'EXPIRED' : 'PRESENT')
      }),
      rounds(200),
    )
  })
})
