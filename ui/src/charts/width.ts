import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** How wide the place of a chart is, so that its text keeps its size. */
export function useWidth(usual: number) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(usual)
  useLayoutEffect(() => {
    const { current } = place
    if (current === null) return
    const measure = () => setWidth(Math.max(160, Math.floor(current.clientWidth)))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(current)
    return () => observer.disconnect()
  }, [])
  return { place, width }
}
