// A real Chromium: the one a path names, else one found or installed here.

import { findOrInstall } from './binary.mjs'

/** Resolves to { command, env }, or to undefined where none can be had. */
export async function findChromium() {
  const given = process.env.FSTORE_TEST_CHROMIUM
  if (given) return { command: given, env: {} }
  try {
    return await findOrInstall({ names: ['chromium', 'chromium-browser', 'google-chrome'], packages: ['chromium'] })
  } catch (error) {
    process.stderr.write(`No Chromium, so the page of fstore ui is not looked at: ${error.message}\n`)
    return undefined
  }
}
