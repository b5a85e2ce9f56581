/** A store that is open while it is asked, and for a while after: who waits for an agent all day holds no lock all day. */
import type { StoreReads } from '../agents/tool.js'
import type { AnyStore } from '../store.js'

export interface LentStore extends StoreReads {
  close(): Promise<void>
}

/** @param options.lingering milliseconds that it stays open after an answer */
export function lendStore(
  options: Pick<StoreReads, 'project' | 'tenant'> & { readonly open: () => AnyStore; readonly lingering?: number },
): LentStore {
  const { project, tenant, open, lingering = 3_000 } = options
  let current: AnyStore | undefined
  let closing = Promise.resolve()
  let users = 0
  let timer: NodeJS.Timeout | undefined

  const close = () => {
    clearTimeout(timer)
    const store = current
    current = undefined
    closing = closing.then(() => store?.close())
    return closing
  }
  const lend = async <T>(use: (store: AnyStore) => Promise<T>): Promise<T> => {
    clearTimeout(timer)
    users++
    try {
      // Two open one directory never, in one process neither.
      await closing
      current ??= open()
      return await use(current)
    } finally {
      users--
      if (users === 0) timer = setTimeout(() => void close(), lingering).unref()
    }
  }
  return {
    project,
    tenant,
    getMany: (request) => lend((store) => store.getMany(request)),
    getVectors: (request) => lend((store) => store.getVectors(request)),
    close,
  }
}
