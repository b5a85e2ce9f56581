/** How deep randomised tests go: `FSTORE_ROUNDS` runs of each property, else its own small number. */
export function rounds(usual: number): { readonly numRuns: number } {
  const asked = Number(process.env.FSTORE_ROUNDS)
  return { numRuns: asked > 0 ? asked : usual }
}
