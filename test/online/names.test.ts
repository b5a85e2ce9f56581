import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { rowName as name, parseRowName, type RowName as Row } from '../../src/online/redis-keys.js'
import { rounds } from '../rounds.js'

// Few characters, those that part a name among them, so that two parts often nearly run together.
const part = fc.string({ unit: fc.constantFrom('a', ':', '{', '}', '@', '%', '3', 'A', 'é'), maxLength: 4 })
const rows = fc.record<Row>({
  project: part,
  tenant: part,
  entity: part,
  key: fc.array(part, { minLength: 1, maxLength: 3 }),
  group: part,
  fingerprint: fc.constantFrom('0123456789ab', 'ba9876543210'),
})

test('two rows that differ never share a name', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      expect(name(a) === name(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
    }),
    rounds(1000),
  )
  // One character moved from a part to the next.
  fc.assert(
    fc.property(rows, (row) => {
      const [tenant, entity] = [row.tenant.slice(0, -1), row.tenant.slice(-1) + row.entity]
      expect(name({ ...row, tenant, entity }) === name(row)).toBe(row.tenant === '')
      const [first = '', ...rest] = row.key
      expect(name({ ...row, key: [first.slice(0, 1), first.slice(1), ...rest] })).not.toBe(name(row))
    }),
    rounds(1000),
  )
})

test('is one hash tag an entity, the same for all of its groups', () => {
  fc.assert(
    fc.property(rows, part, (row, other) => {
      const tag = /^fs:\{([^{}]*)\}:[^{}]*$/
      expect(name(row)).toMatch(tag)
      expect(tag.exec(name({ ...row, group: other }))?.[1]).toBe(tag.exec(name(row))?.[1])
    }),
    rounds(200),
  )
})

test('reads well', () => {
  const row = {
    project: 'demo',
    tenant: 't',
    entity: 'route',
    key: ['SFO', 'LAX'],
    group: 'routes',
    fingerprint: '0123456789ab',
  }
  expect(name(row)).toBe('fs:{demo:t:route:SFO:LAX}:routes@0123456789ab')
  expect(name({ ...row, tenant: 'a:b', key: ['{100%}', '@'] })).toBe(
    'fs:{demo:a%3Ab:route:%7B100%25%7D:%40}:routes@0123456789ab',
  )
})

test('is read back as what it was made of', () => {
  fc.assert(
    fc.property(rows, (row) => {
      const named = { ...row, group: `g${row.group}`, project: `p${row.project}` }
      expect(parseRowName(name(named))).toEqual(named)
    }),
    rounds(500),
  )
  for (const other of ['fs:{demo}:active', 'fs:{demo:t}:g@0a', 'fs:{demo:t:e:k}:g', 'x', 'fs:{a:b:c:d}:g@0a:more'])
    expect(parseRowName(other)).toBeUndefined()
})
