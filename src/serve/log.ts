/** What a server tells of itself: fields and words, such as a pino logger takes. Never a body, a key or a token. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silence: Log = Object.freeze({ info() {}, warn() {}, error() {} })
