import { expect, test } from '@jest/globals'
import { readHead } from '../../src/training/spine-head.js'

const megabyte = Buffer.alloc(2 ** 20, 'a,b\n')

async function* pieces(count: number, seen: string[], failure?: Error): AsyncGenerator<Uint8Array> {
  try {
    for (let i = 0; i < count; i++) yield megabyte
    if (failure !== undefined) throw failure
  } finally {
    seen.push('closed')
  }
}

async function lengthOf(content: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0
  for await (const piece of content) length += piece.length
  return length
}

test('a short spine is read whole, and has as many rows as lines at most', async () => {
  const head = await readHead(pieces(2, []))
  expect(head.rows).toBe(2 ** 19 + 1)
  expect(await lengthOf(head.content)).toBe(2 * 2 ** 20)
})

test('of a long one nothing is lost, and whoever stops reading closes it', async () => {
  const seen: string[] = []
  const head = await readHead(pieces(9, seen))
  expect(head.rows).toBe(Number.POSITIVE_INFINITY)
  expect(await lengthOf(head.content)).toBe(9 * 2 ** 20)
  const other = await readHead(pieces(9, seen))
  for await (const piece of other.content) if (piece.length > 0) break
  expect(seen).toEqual(['closed', 'closed'])
})

test('what goes wrong is thrown to whoever reads', async () => {
  const { content, rows } = await readHead(pieces(1, [], new Error('gone')))
  expect(rows).toBe(Number.POSITIVE_INFINITY)
  await expect(lengthOf(content)).rejects.toThrow('gone')
})
