/** Work that tells of itself while it goes on: it does not wait for whoever listens, and ends when they leave. */

/** @param work is given the signal that is set off when the loop over its events is left, or by the caller's own */
export async function* told<Event, Result>(
  signal: AbortSignal | undefined,
  work: (tell: (event: Event) => void, signal: AbortSignal) => Promise<Result>,
): AsyncGenerator<Event, Result> {
  const events: Event[] = []
  const left = new AbortController()
  let wake = () => {}
  let isOver = false
  const tell = (event: Event) => {
    events.push(event)
    wake()
  }
  const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
  const working = work(tell, either).finally(() => {
    isOver = true
    wake()
  })
  working.catch(() => {})
  try {
    for (;;) {
      const event = events.shift()
      if (event !== undefined) yield event
      else if (isOver) return await working
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    left.abort()
    await working.catch(() => {})
  }
}
