/** How deep randomised tests go: `FSTORE_ROUNDS` runs of each property, else its own small number. */
export function rounds(usual: number): { readonly numRuns: number } {
  const asked = Number(process.env.FSTORE_ROUNDS)
  return { numRuns: asked > 0 ? asked : usual }
}

/** Milliseconds that a test of so many runs may take, where one takes so long on a busy machine. */
export function patience(usual: number, each: number): number {
  return 60_000 + rounds(usual).numRuns * each
}
