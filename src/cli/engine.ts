/** The engine of the embedded database. */
import { setFlagsFromString } from 'node:v8'

/**
 * Node 20 compiles what PGlite runs a second time, and better, so early that a command ends before it pays, having used
 * half as much time again. From Node 22 on it waits about as long as this.
 */
export function compileLate(): void {
  if (process.versions.node.startsWith('20.')) setFlagsFromString('--wasm-tiering-budget=18000000')
}
