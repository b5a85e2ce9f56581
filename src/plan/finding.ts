/** What `validate` has to say of one thing. */
import type { ErrorCode, FstoreError, Place } from '../errors.js'

/** `error`: a build would fail; `warning`: it would do something that is seldom meant; `note`: nothing to mend. */
export type Severity = 'error' | 'warning' | 'note'

/** What kind of thing `validate` has found. */
export type FindingCode =
  | ErrorCode
  | 'CLOCK_IN_SQL'
  | 'CHANCE_IN_SQL'
  | 'COLUMN_UNDECLARED'
  | 'FEATURE_UNUSED'
  | 'NOT_CHECKED'
  | 'NOT_EXPORTABLE'
  | 'SEARCH_EXACT'

/** One thing that `validate` has found, with its place. */
export interface Finding {
  readonly severity: Severity
  readonly code: FindingCode
  readonly group: string | null
  readonly dataset: string | null
  readonly message: string
  readonly where?: Place | undefined
  readonly why?: string | undefined
  readonly fix?: string | undefined
}

export interface Owner {
  readonly group?: string
  readonly dataset?: string
}

export function findingOf(owner: Owner, { code, message, where, why, fix }: FstoreError): Finding {
  return finding('error', code, owner, { message, where, why, fix })
}

export function finding(
  severity: Severity,
  code: FindingCode,
  { group, dataset }: Owner,
  told: Pick<Finding, 'message' | 'where' | 'why' | 'fix'>,
): Finding {
  return { severity, code, group: group ?? null, dataset: dataset ?? null, ...told }
}
