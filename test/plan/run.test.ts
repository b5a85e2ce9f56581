import { expect, test } from '@jest/globals'
import { Run } from '../../src/plan/run.js'

function counting(log: string[] = [], end: () => string = () => 'result'): Run<number, string> {
  async function* work() {
    log.push('started')
    try {
      yield 1
      yield 2
      return end()
    } finally {
      log.push('ended')
    }
  }
  return new Run(work())
}

const failing = () => {
  throw new Error('no')
}

async function looped<T>(events: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const event of events) seen.push(event)
  return seen
}

test('awaited gives the result, as often as it is asked', async () => {
  const log: string[] = []
  const run = counting(log)
  expect(log).toEqual([])
  expect(await run).toBe('result')
  expect(await run).toBe('result')
  expect(log).toEqual(['started', 'ended'])
})

test('looped over gives the events, and then the result', async () => {
  const run = counting()
  expect(await looped(run)).toEqual([1, 2])
  expect(await run).toBe('result')
})

test('awaited during the loop gives the result of that loop', async () => {
  const run = counting()
  const result = (async () => run)()
  expect(await looped(run)).toEqual([1, 2])
  expect(await result).toBe('result')
})

test('that fails rejects the loop and who awaits it', async () => {
  const run = counting([], failing)
  await expect(looped(run)).rejects.toThrow('no')
  await expect(run).rejects.toThrow('no')
  await expect((async () => counting([], failing))()).rejects.toThrow('no')
})

test('whose loop is left ends its work there, and says so to who awaits it', async () => {
  const log: string[] = []
  const run = counting(log)
  for await (const _event of run) break
  expect(log).toEqual(['started', 'ended'])
  await expect((async () => run)()).rejects.toMatchObject({ code: 'INTERRUPTED' })
})
