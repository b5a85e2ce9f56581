/** An end to waiting. */
import { HttpFailure } from './failure.js'

/** @throws HttpFailure TIMED_OUT when the work takes longer; it goes on, and nobody hears of it */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(ms)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function timedOut(ms: number): HttpFailure {
  return new HttpFailure('TIMED_OUT', `There was no answer within ${ms / 1000} seconds.`, {
    why: 'The database is slow, or many wait for its connections. What was to be written may be written yet.',
    fix: 'Ask again later, or for less at once.',
  })
}
