/** The `code` that Node's errors and the drivers' carry; duck-typed, since errors also come from other realms. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
