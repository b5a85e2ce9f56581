import { expect, test } from '@jest/globals'
import { Pacer } from '../../src/pipeline/pace.js'

test('the rate is that of late, and says how long is left', () => {
  let now = 0
  const pacer = new Pacer(1_000, () => now)
  expect(pacer.at(0)).toEqual({ elapsedMs: 0, rate: 0, remainingMs: null })
  // Slow at first, ten times as fast later.
  for (let done = 1; done <= 60; done++) {
    now += 1_000
    pacer.at(done)
  }
  expect(pacer.at(60)).toEqual({ elapsedMs: 60_000, rate: 1, remainingMs: 940_000 })
  for (let done = 70; done <= 460; done += 10) {
    now += 1_000
    pacer.at(done)
  }
  expect(pacer.at(460)).toEqual({ elapsedMs: 100_000, rate: 10, remainingMs: 54_000 })
})

test('windows that take minutes have a rate, too', () => {
  let now = 0
  const pacer = new Pacer(30, () => now)
  for (let done = 1; done <= 20; done++) {
    now += 120_000
    pacer.at(done)
  }
  expect(pacer.at(20).remainingMs).toBe(1_200_000)
})
