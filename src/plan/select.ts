/** `--select`: groups by name, `tag:x`, and `+` for what they read (before) or what reads them (after). */
import { didYouMean } from '../config/did-you-mean.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup } from '../offline/compile.js'

/** @throws FstoreError NAME_UNKNOWN for a name or tag that no group has */
export function selectGroups(groups: readonly CompiledGroup[], patterns: readonly string[]): CompiledGroup[] {
  if (patterns.length === 0) return [...groups]
  const chosen = new Set(patterns.flatMap((pattern) => matches(groups, pattern)))
  return groups.filter((group) => chosen.has(group))
}

function matches(groups: readonly CompiledGroup[], pattern: string): CompiledGroup[] {
  const [, before, what = '', after] = /^(\+?)(.*?)(\+?)$/.exec(pattern) ?? []
  const named = what.startsWith('tag:')
    ? groups.filter(({ group }) => group.tags.includes(what.slice(4)))
    : groups.filter(({ group }) => group.name === what)
  if (named.length === 0) throw unknown(groups, what)
  return [
    ...named,
    ...(before === '+' ? named.flatMap(upstream) : []),
    ...(after === '+' ? groups.filter((group) => upstream(group).some((source) => named.includes(source))) : []),
  ]
}

function upstream(group: CompiledGroup): CompiledGroup[] {
  return group.reads.flatMap((source) => [source, ...upstream(source)])
}

function unknown(groups: readonly CompiledGroup[], what: string): FstoreError {
  const names = groups.map(({ group }) => group.name)
  const tags = [...new Set(groups.flatMap(({ group }) => group.tags.map((tag) => `tag:${tag}`)))]
  const tag = what.startsWith('tag:')
  const known = tag ? tags : names
  const message = tag ? `No group has the tag "${what.slice(4)}".` : `No group is called "${what}".`
  return new FstoreError('NAME_UNKNOWN', message, {
    fix: didYouMean(what, known) || `Known: ${known.join(', ') || 'none'}.`,
  })
}
