/** One run of a command on this machine, as a file keeps it. */
import type { ProcessIdentity } from '../../db/process-identity.js'

export interface RunRecord {
  readonly schemaVersion: 1
  readonly id: string
  readonly command: string
  /** The words after `fstore`; secrets are `***`. */
  readonly arguments: readonly string[]
  /** `died`: its process is gone and has not said how it ended; a file never says so, who reads it finds out. */
  readonly state: 'running' | 'done' | 'findings' | 'failed' | 'interrupted' | 'died'
  readonly exitCode: number | null
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly endedAt: string | null
  readonly durationMs: number | null
  /** Of fstore, and of Node. */
  readonly version: string
  readonly node: string
  readonly project: string
  readonly profile: string
  readonly tenant: string
  /** `embedded`, or `host:port/database`. */
  readonly database: string
  /** `host:port`; null without one. */
  readonly redis: string | null
  readonly process: ProcessIdentity
  readonly groups: readonly RunGroup[]
  /** What else was counted, by name: `lines`, `rows`, `sent`. */
  readonly totals: Readonly<Record<string, number>>
  readonly errors: readonly RunError[]
}

/** What became of one group, of one tenant where it was built for all. */
export interface RunGroup {
  readonly group: string
  readonly tenant?: string
  readonly version?: number
  readonly status: string
  readonly windows?: number
  readonly rows?: number
  readonly rejected?: number
}

export interface RunError {
  readonly code: string
  readonly message: string
  readonly group?: string
  readonly tenant?: string
}

/** What a record says of the run's outcome. */
export type Tally = Pick<RunRecord, 'groups' | 'totals' | 'errors'>
