/** What is pushed on one side and pulled on the other, with and without a server that can wait. */
import { setTimeout } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { byteStream } from '../../src/db/byte-stream.js'
import { jsonLines } from '../../src/db/json-lines.js'
import { openPGlite } from '../../src/db/pglite.js'
import { openPostgres } from '../../src/db/postgres.js'

// Only asked which kind they are: neither is ever connected to.
const server = openPostgres({ url: 'postgres://127.0.0.1:1/none' })
const databases = [openPGlite(), server]

async function read<T, R>(rows: AsyncGenerator<T, R>): Promise<{ all: T[]; result: R }> {
  const all: T[] = []
  for (;;) {
    const next = await rows.next()
    if (next.done) return { all, result: next.value }
    all.push(next.value)
  }
}

test.each(databases)('every byte in order, and what the work came to, however slow the reader', async (db) => {
  const pieces = Array.from({ length: 200 }, (_, i) => Buffer.alloc(20_000, i))
  const bytes = byteStream(db, async (sink) => {
    for (const piece of pieces) await sink(piece)
    return 'done'
  })
  await setTimeout(10)
  const { all, result } = await read(bytes)
  expect(Buffer.concat(all).equals(Buffer.concat(pieces))).toBe(true)
  expect(result).toBe('done')
})

test.each(databases)('work that fails is an error to the reader', async (db) => {
  const error = new Error('no more')
  const bytes = byteStream(db, async (sink) => {
    await sink(Buffer.from('begun'))
    throw error
  })
  await expect(read(bytes)).rejects.toBe(error)
})

test('a reader that leaves ends the work, and waits for its end', async () => {
  let [pushed, isOver] = [0, false]
  const bytes = byteStream(server, async (sink) => {
    try {
      for (; pushed < 1000; pushed++) await sink(Buffer.alloc(20_000))
    } finally {
      await setTimeout(20)
      isOver = true
    }
  })
  for await (const _ of bytes) break
  expect(isOver).toBe(true)
  expect(pushed).toBeLessThan(1000)
})

test('lines are whole wherever the bytes are cut', async () => {
  const rows = [1, 'é\u2028🛫\r', [], 'x'.repeat(50)]
  const text = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  for (let size = 1; size < 12; size++) {
    async function* cut() {
      for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size)
      return 'end'
    }
    expect(await read(jsonLines(cut()))).toEqual({ all: rows, result: 'end' })
  }
})
