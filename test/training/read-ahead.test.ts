import { setImmediate } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { readAhead } from '../../src/training/read-ahead.js'

const mebibyte = 2 ** 20

/** Pieces of a mebibyte, and what became of them. */
function source(pieces: number, end: () => void = () => {}) {
  const told = { taken: 0, closed: false }
  async function* rows() {
    try {
      for (; told.taken < pieces; told.taken++) yield new Uint8Array(mebibyte).fill(told.taken)
      end()
    } finally {
      told.closed = true
    }
  }
  return { told, rows: rows() }
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<(number | undefined)[]> {
  const seen: (number | undefined)[] = []
  for await (const piece of pieces) seen.push(piece[0])
  return seen
}

async function aWhile(): Promise<void> {
  for (let i = 0; i < 100; i++) await setImmediate()
}

test('it reads before its turn, up to a limit, and yields nothing', async () => {
  const { told, rows } = source(20)
  let come = () => {}
  const turn = new Promise<void>((resolve) => {
    come = resolve
  })
  let seen: unknown
  const reading = all(readAhead(rows, turn)).then((found) => {
    seen = found
  })
  await aWhile()
  expect(told.taken).toBeGreaterThan(1)
  expect(told.taken).toBeLessThan(10)
  expect(seen).toBeUndefined()
  come()
  await reading
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i))
})

test('what ended before its turn is still to come', async () => {
  const turn = aWhile()
  expect(await all(readAhead(source(2).rows, turn))).toEqual([0, 1])
  expect(await all(readAhead(source(0).rows, turn))).toEqual([])
})

test('a turn that never comes closes the source', async () => {
  const { told, rows } = source(20)
  await expect(
    all(
      readAhead(
        rows,
        aWhile().then(() => Promise.reject(new Error('no turn'))),
      ),
    ),
  ).rejects.toThrow('no turn')
  expect(told.closed).toBe(true)
})

test('a source that fails does so before its turn', async () => {
  const failing = source(1, () => {
    throw new Error('no rows')
  })
  await expect(all(readAhead(failing.rows, new Promise(() => {})))).rejects.toThrow('no rows')
})

test('whoever stops reading closes the source', async () => {
  const { told, rows } = source(20)
  for await (const _ of readAhead(rows, Promise.resolve())) break
  expect(told.closed).toBe(true)
})
