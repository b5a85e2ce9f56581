/** What every command is handed besides its own options. */
export interface Globals {
  readonly config?: string
  readonly profile?: string
  readonly tenant?: string
  readonly json?: boolean
}
