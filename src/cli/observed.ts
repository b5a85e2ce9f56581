/** The command that runs, for those that keep what it comes to. They are loaded only where there is something to keep. */
import type { Command } from 'commander'
import { unlisten } from './outcome.js'
import type { RecordedRun } from './runs/record-run.js'

/** Commands that change what a store holds, or write files of it, and take their time. */
const recorded = new Set([
  'build',
  'materialize',
  'schedule',
  'sync',
  'push',
  'ingest',
  'pit-export',
  'export-training',
  'rollback',
  'cleanup',
  'erase',
])

let current: { readonly name: string; readonly isRecorded: boolean } | undefined

/** Before a command does anything. */
export async function observe(command: Command): Promise<void> {
  unlisten()
  const { dryRun, explain, verify } = command.opts()
  const name = command.name()
  current = { name, isRecorded: recorded.has(name) && !dryRun && !explain && verify === undefined }
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env
  if (GITHUB_ACTIONS === 'true' || GITHUB_STEP_SUMMARY) (await import('./ci/github.js')).reportToGithub(name)
}

/** Once it is known what project it is for. */
export async function observeProject(project: Omit<RecordedRun, 'command' | 'words'>): Promise<void> {
  if (!current?.isRecorded) return
  const { name } = current
  // One command, one record, however often it opens its project.
  current = { name, isRecorded: false }
  const { recordRun } = await import('./runs/record-run.js')
  await recordRun({ ...project, command: name, words: process.argv.slice(2) })
}
