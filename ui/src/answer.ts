/** An answer of the server as a component sees it: asked when shown, asked again while what is in the way passes. */

import { useCallback, useEffect, useState } from 'preact/hooks'
import { ask, Refusal, remembered } from './api.js'
import { useWork } from './work.js'

export interface Answer<T> {
  /** Undefined until the first one. What was answered stays while it is asked again. */
  readonly data: T | undefined
  readonly refusal: Refusal | undefined
  readonly again: () => void
}

interface Held<T> {
  readonly url: string | null
  readonly data: T | undefined
  readonly refusal: Refusal | undefined
}

/** How long to wait before asking again, in milliseconds. */
const patience = 1000

/** @param url null: nothing is asked */
export function useAnswer<T>(url: string | null): Answer<T> {
  const [held, setHeld] = useState<Held<T>>({ url: null, data: undefined, refusal: undefined })
  const [count, setCount] = useState(0)
  const { started, refreshed } = useWork()
  const again = useCallback(() => setCount((value) => value + 1), [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: `count` and `refreshed` ask again.
  useEffect(() => {
    if (url === null) return
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const attempt = async () => {
      const done = started()
      try {
        const data = await ask<T>(url)
        if (!isOver) setHeld({ url, data, refusal: undefined })
      } catch (error) {
        if (isOver) return
        const refusal = error instanceof Refusal ? error : new Refusal(0, 'BROKEN', String(error))
        setHeld((before) => ({ url, data: before.url === url ? before.data : undefined, refusal }))
        if (refusal.passes) timer = setTimeout(attempt, patience)
      } finally {
        done()
      }
    }
    void attempt()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [url, count, refreshed])

  const isHeld = url !== null && held.url === url
  const data = isHeld && held.data !== undefined ? held.data : url === null ? undefined : remembered<T>(url)
  return { data, refusal: isHeld ? held.refusal : undefined, again }
}
