/** How the rows of a spine fared, a line a group: also the proof that no feature is newer than its row. */
import { digits } from '../config/digits.js'
import { formatDuration } from '../config/duration.js'
import type { ExportReport } from '../training/export.js'

export function describeMatches({ groups }: ExportReport, knownAt = false): string[] {
  return groups.map(({ alias, version, matched, tooOld, noHistory, hidden, nearest }) => {
    const parts = [`${digits(matched)} matched`]
    if (tooOld > 0) parts.push(`${digits(tooOld)} too old`)
    if (noHistory > 0) parts.push(`${digits(noHistory)} without history`)
    if (knownAt) parts.push(`${digits(hidden)} hidden by --known-at`)
    return `${alias} (v${version}): ${parts.join(', ')}${nearest === null ? '' : `; ${leakCheck(nearest)}`}`
  })
}

function leakCheck(nearest: number): string {
  if (nearest < 0) return `LEAK: a feature is ${age(-nearest)} newer than its row`
  return `no feature newer than its row (nearest ${age(nearest)} before)`
}

function age(seconds: number): string {
  return seconds < 1 ? `${seconds}s` : formatDuration(Math.floor(seconds))
}
