/** Signals as they were sent: npm and npx hand on a Ctrl-C which the terminal has sent to all of them already. */

/** Milliseconds, in which nobody presses it twice. */
const together = 300

/** @returns whether a signal that has come is another than the one before */
export function signalsApart(env: NodeJS.ProcessEnv = process.env): () => boolean {
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const now = performance.now()
    const isNew = env.npm_command === undefined || now - last > together
    last = now
    return isNew
  }
}
