export interface StartedPostgres {
  /** A superuser's. */
  readonly url: string
  readonly folder: string
  stop(): Promise<void>
}
export function startPostgres(options?: {
  fresh?: boolean
  settings?: Record<string, string>
}): Promise<StartedPostgres>
