import { z } from 'zod'
import type { ServiceSpec } from '../project.js'
import { metadata, readFields } from './fields.js'
import { type DeclaredGroups, type ParsedPick, parsePick } from './pick.js'
import { type Report, show } from './report.js'

const shape = { name: z.unknown(), picks: z.unknown(), description: metadata.description }

/** Reads one service, or reports what is wrong with it. */
export function parseService(options: {
  readonly raw: Record<string, unknown>
  readonly path: string
  readonly groups: DeclaredGroups
  readonly report: Report
}): ServiceSpec {
  const { raw, path, groups, report } = options
  const { description } = readFields({ raw, shape, path, what: 'a service', report })
  const picks = listOf(raw.picks, `${path}.picks`, report).flatMap(
    (pick, i) => parsePick(pick, `${path}.picks[${i}]`, groups, report) ?? [],
  )
  checkAliases(picks, report)
  checkJoinKeys(picks, report)
  const specs = picks.map(({ spec }) => spec)
  return { name: String(raw.name), picks: specs, ...(description !== undefined && { description }) }
}

function listOf(raw: unknown, path: string, report: Report): unknown[] {
  const fix = "Write service('name', [group.pick('feature')])"
  if (!Array.isArray(raw)) report(path, `${show(raw)} is not a list`, fix)
  else if (raw.length === 0) report(path, 'a service needs a pick', fix)
  return Array.isArray(raw) ? raw : []
}

/** An alias heads the names in the vector: one that stands for two picks would make names meet. */
export function checkAliases(picks: readonly ParsedPick[], report: Report): void {
  for (const [i, { spec, path }] of picks.entries()) {
    const other = picks.slice(0, i).find((one) => one.spec.alias === spec.alias)
    if (other === undefined) continue
    const fix = "Pick all features at once, or give one pick another alias with .as('alias', { key: 'column' })"
    report(path, `"${spec.alias}" is already the alias of ${tail(other.path)}`, fix)
  }
}

/** Picks that name the same join key are read of the same thing, so its type is one. */
function checkJoinKeys(picks: readonly ParsedPick[], report: Report): void {
  const seen = new Map<string, { type: string; path: string }>()
  for (const { joinKeys, path } of picks) {
    for (const { name, type } of joinKeys) {
      const other = seen.get(name)
      if (other === undefined) seen.set(name, { type, path })
      else if (other.type !== type) {
        const fix = "Give one of them another column with .as('alias', { key: 'column' })"
        report(path, `the key "${name}" is ${type} here and ${other.type} in ${tail(other.path)}`, fix)
      }
    }
  }
}

/** `picks[0]` of the same service. */
function tail(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}
