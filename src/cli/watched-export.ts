/** An export that shows how far it is, and that Ctrl-C ends. */
import { basename } from 'node:path'
import type { ExportRequest } from '../training/export.js'
import { activity } from './activity.js'
import { interruptible } from './interruptible.js'
import { ownCommand } from './own-command.js'
import { exportStory } from './views/export-story.js'

export interface WatchedExport<T> {
  readonly output: string
  /** Nothing is shown. */
  readonly isQuiet: boolean
  start(watch: Pick<ExportRequest, 'signal' | 'tell'>): Promise<T>
}

export async function watchedExport<T>({ output, isQuiet, start }: WatchedExport<T>): Promise<T> {
  const { show, stop } = activity(isQuiet)
  const story = exportStory(output === '-' ? 'stdout' : basename(output))
  const work = (signal: AbortSignal) => start({ signal, tell: (event) => story(event).forEach(show) })
  try {
    const report = await interruptible({ work, resume: `To start again: ${ownCommand()}` })
    stop('done')
    return report
  } finally {
    stop()
  }
}
