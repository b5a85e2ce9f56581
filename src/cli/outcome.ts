/** What a command comes to, told to those who keep it: the record of the run, the summary of a job of CI. */
import type { FstoreError } from '../errors.js'
import type { CleanupReport } from '../maintenance/cleanup.js'
import type { EraseReport } from '../maintenance/erase.js'
import type { SyncResult } from '../online/sync.js'
import type { VerifyReport } from '../online/verify.js'
import type { IngestTotals } from '../pipeline/ingest-lines.js'
import type { PushTotals } from '../pipeline/push-lines.js'
import type { DriftReport } from '../plan/drift.js'
import type { BuildResult } from '../plan/execute.js'
import type { PlanReport } from '../plan/report.js'
import type { Rollback } from '../plan/rollback.js'
import type { FinishedRun } from '../plan/schedule-event.js'
import type { Validation } from '../plan/validate.js'
import type { FixtureResult } from '../testing/run-fixture.js'

export type FixtureOutcome = FixtureResult | { readonly file: string; readonly error: FstoreError }

export type Outcome =
  | { readonly kind: 'build'; readonly result: BuildResult }
  | { readonly kind: 'scheduled'; readonly run: FinishedRun }
  | { readonly kind: 'sync'; readonly result: SyncResult }
  | { readonly kind: 'push'; readonly group: string; readonly totals: PushTotals }
  | { readonly kind: 'ingest'; readonly totals: IngestTotals }
  | { readonly kind: 'export'; readonly output: string; readonly rows: number }
  | { readonly kind: 'cleanup'; readonly report: CleanupReport }
  | { readonly kind: 'erase'; readonly report: EraseReport }
  | { readonly kind: 'rollback'; readonly rollback: Rollback }
  | { readonly kind: 'plan'; readonly report: PlanReport }
  | { readonly kind: 'validate'; readonly validation: Validation }
  | { readonly kind: 'test'; readonly fixtures: readonly FixtureOutcome[] }
  | { readonly kind: 'drift'; readonly report: DriftReport }
  | { readonly kind: 'verify'; readonly report: VerifyReport }
  /** What ended the command. */
  | { readonly kind: 'error'; readonly error: FstoreError }
  /** Nothing more comes. Who kills the process, or stops it by a second Ctrl-C, does not let it say so. */
  | { readonly kind: 'end' }

type Listener = (outcome: Outcome) => void

const listeners = new Set<Listener>()

/** By commands, beside what they print. */
export function tell(outcome: Outcome): void {
  for (const listener of listeners) listener(outcome)
}

export function listen(listener: Listener): void {
  listeners.add(listener)
}

/** Before a command: what another one in this process came to is no news of it. */
export function unlisten(): void {
  listeners.clear()
}
