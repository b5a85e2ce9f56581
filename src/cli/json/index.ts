/** By command, the schema of each document, or each line of JSON, that it prints with --json. */
import type { z } from 'zod'
import * as build from './build.js'
import { failure } from './document.js'
import * as project from './project.js'
import * as read from './read.js'
import * as watch from './watch.js'

/** A line for each thing that happens; elsewhere one document. */
export const events: readonly string[] = [
  'build',
  'dev',
  'get',
  'ingest',
  'materialize',
  'push',
  'schedule',
  'serve',
  'sync',
  'ui',
]

/** `mcp` speaks a protocol of its own, and `completion` prints a script. */
export const without: readonly string[] = ['mcp', 'completion', 'complete', 'help']

export const documents: Readonly<Record<string, z.ZodType>> = {
  build: build.build,
  cleanup: build.cleanup,
  dev: project.dev,
  diff: project.diff,
  doctor: watch.doctor,
  drift: watch.drift,
  erase: build.erase,
  'export-training': read.exportTraining,
  get: read.get,
  history: read.history,
  ingest: build.ingest,
  init: project.init,
  inspect: watch.inspect,
  jobs: watch.jobs,
  list: project.listed,
  materialize: build.materialize,
  migrate: build.migrate,
  'pit-export': read.pitExport,
  plan: project.plan,
  preview: read.preview,
  push: build.push,
  rejected: watch.rejected,
  rollback: build.rollback,
  runs: watch.runs,
  schedule: build.schedule,
  search: read.search,
  serve: read.listening,
  sql: read.sql,
  status: watch.status,
  sync: build.sync,
  tenants: build.tenants,
  test: project.test,
  ui: read.listening,
  validate: project.validate,
  verify: watch.verify,
  versions: project.versions,
}

/** What any of them prints in the end where it could not do its work. */
export { failure }
