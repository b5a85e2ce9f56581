/** Waits for somebody to save something. */
import { type FSWatcher, watch } from 'node:fs'

/** Milliseconds without another change, until what an editor does in several steps is over. */
const calm = 150
const watched = /\.(m?[tj]s|sql|json|env)$|^\.env$/

/** @returns the file's name; undefined where the signal came first */
export async function nextChange(folders: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  const watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<string | undefined>((resolve) => {
      const heard = (_: unknown, name: string | null) => {
        if (name === null || !watched.test(name)) return
        clearTimeout(timer)
        timer = setTimeout(() => resolve(name), calm)
      }
      for (const folder of folders) watchers.push(watch(folder, heard).on('error', () => {}))
      signal.addEventListener('abort', () => resolve(undefined), { once: true })
    })
  } finally {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
