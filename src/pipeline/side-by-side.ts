/** Several streams of events at once, told as one. */

/**
 * Yields what the lanes yield, as it comes. Where one fails the others are asked to end, and are heard to their end,
 * before its error is thrown; where the reader leaves early, too.
 *
 * @param stop asks every lane to end after what it is at
 */
export async function* sideBySide<E>(lanes: readonly AsyncGenerator<E, void>[], stop: () => void): AsyncGenerator<E> {
  const next = async (lane: AsyncGenerator<E, void>) => {
    try {
      return { lane, result: await lane.next() }
    } catch (error) {
      return { lane, error }
    }
  }
  const running = new Map(lanes.map((lane) => [lane, next(lane)]))
  const failures: unknown[] = []
  try {
    while (running.size > 0) {
      const { lane, result, error } = await Promise.race(running.values())
      if (result?.done === false) {
        yield result.value
        running.set(lane, next(lane))
        continue
      }
      running.delete(lane)
      if (result !== undefined) continue
      failures.push(error)
      stop()
    }
  } finally {
    stop()
    await Promise.all([...running.values(), ...lanes.map((lane) => lane.return().catch(() => {}))])
  }
  if (failures.length > 0) throw failures[0]
}
