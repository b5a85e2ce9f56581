import { exit, FstoreError } from '../../errors.js'
import type { Finding } from '../../plan/finding.js'
import type { PlanReport } from '../../plan/report.js'
import type { AnyStore } from '../../store.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { colors, printError, printJson, printNote, printResult } from '../output.js'
import { projectFolders } from '../project-folders.js'
import { stoppable } from '../stoppable.js'
import { Watcher } from '../watch.js'
import { print as printPlan } from './plan.js'
import { print as printPreview } from './preview.js'
import { print as printValidation } from './validate.js'

interface Options extends Globals {
  readonly at?: string
}

/** Groups whose rows are shown after one save. */
const most = 3

export async function run(options: Options): Promise<number> {
  const watcher = new Watcher()
  watcher.follow([process.cwd()])
  // By group, what its change was when its rows were last shown; and notes that were.
  const shown = new Map<string, string>()
  const look = async () => {
    // Opened anew each time, so that the embedded database is free for a build in between.
    await withStore(options, async ({ loaded, store }) => {
      watcher.follow(projectFolders(loaded))
      await show(store, options, shown)
    }).catch((error: unknown) => {
      if (!(error instanceof FstoreError)) throw error
      printError(error, options.json)
    })
  }
  const work = async (signal: AbortSignal) => {
    for (;;) {
      await look()
      if (!signal.aborted && !options.json) printNote('\nWaiting for a change; Ctrl-C ends.')
      const file = await watcher.next(signal)
      if (file === undefined) return exit.done
      if (!options.json) printNote(`\n${colors(process.stderr).bold(file)} changed`)
    }
  }
  return stoppable(work, 'Stopping').finally(() => watcher.close())
}

async function show(store: AnyStore, { at, json }: Options, shown: Map<string, string>): Promise<void> {
  const validation = await store.validate()
  if (json) printJson({ event: 'validation', ...validation })
  else printValidation({ ...validation, findings: validation.findings.filter((found) => isNews(found, shown)) })
  if (validation.errors > 0) return
  const report = await store.planReport()
  for (const group of changed(report, shown).slice(0, most)) {
    const preview = await store.preview({ group, at, limit: 5 })
    if (json) printJson({ event: 'preview', ...preview })
    else {
      printResult('')
      printPreview(preview)
    }
  }
  if (json) printJson({ event: 'plan', ...report })
  else {
    printResult('')
    printPlan(report)
  }
}

/** There is nothing to mend about a note, so it is shown once. */
function isNews(found: Finding, shown: Map<string, string>): boolean {
  const words = JSON.stringify(found)
  const isNew = found.severity !== 'note' || !shown.has(words)
  shown.set(words, '')
  return isNew
}

/** Groups that a build would compute anew, and were not shown as they are now. */
function changed({ groups }: PlanReport, shown: Map<string, string>): string[] {
  return groups.flatMap(({ group, kind, backfill, ...change }) => {
    if (backfill === null || !(kind === 'added' || kind === 'changed')) return []
    const now = JSON.stringify(change)
    const isNew = shown.get(group) !== now
    shown.set(group, now)
    return isNew ? [group] : []
  })
}
