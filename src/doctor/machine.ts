import { type Check, failed, isAtLeast, ok } from './check.js'

const floor = '20.19.0'

/** What can be said before there is a config. */
export function checkMachine(version = process.versions.node): Check[] {
  const node = isAtLeast(version, floor)
    ? ok(version)
    : failed(`${version} is older than ${floor}`, `Install Node ${floor} or newer; 22 and 24 do.`)
  return [{ area: 'machine', name: 'node', ...node }]
}
