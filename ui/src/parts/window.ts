/** Of a long list of rows of one height, those that are to be seen, so that thousands stay smooth. */

import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** Rows beyond what is seen, so that arrows find the next one, and scrolling finds no gap. */
const margin = 25

export function useWindow(count: number, height: number) {
  const place = useRef<HTMLTableSectionElement>(null)
  const [first, setFirst] = useState(0)
  const visible = Math.ceil(innerHeight / height) + 2 * margin
  useLayoutEffect(() => {
    const follow = () => {
      const top = place.current?.getBoundingClientRect().top ?? 0
      // In steps, so that most scrolling draws nothing.
      setFirst(Math.max(0, Math.floor((-top / height - margin) / 10) * 10))
    }
    follow()
    addEventListener('scroll', follow, { passive: true })
    addEventListener('resize', follow)
    return () => {
      removeEventListener('scroll', follow)
      removeEventListener('resize', follow)
    }
  }, [height])
  const from = Math.min(first, Math.max(0, count - visible))
  const to = Math.min(count, from + visible)
  return { place, from, to, above: from * height, below: (count - to) * height }
}
