/** What all answers share: how many are being asked for, and a person's wish to ask them all again. */

import { createContext } from 'preact'
import { useContext, useMemo, useState } from 'preact/hooks'

export interface Work {
  /** Answers on their way. */
  readonly asking: number
  /** Rises with each wish for newer answers. */
  readonly refreshed: number
  readonly refresh: () => void
  /** Of one answer; to be called when it is there. */
  readonly started: () => () => void
}

const nothing = () => {}

export const WorkContext = createContext<Work>({ asking: 0, refreshed: 0, refresh: nothing, started: () => nothing })

export function useWork(): Work {
  return useContext(WorkContext)
}

export function useOwnWork(): Work {
  const [asking, setAsking] = useState(0)
  const [refreshed, setRefreshed] = useState(0)
  const steps = useMemo(
    () => ({
      refresh: () => setRefreshed((value) => value + 1),
      started() {
        setAsking((value) => value + 1)
        return () => setAsking((value) => value - 1)
      },
    }),
    [],
  )
  return { asking, refreshed, ...steps }
}
