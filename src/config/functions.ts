/** What of a config is no data: its functions. JSON cannot keep them, so they stay beside the project, never in it. */
import { isKind } from './marker.js'

/** By the group's name, the group as its builder made it, with every function that its author wrote. */
export type Functions = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/** Runs the config only where it has not been run: a project that comes from the cache has no functions with it. */
export type LoadFunctions = () => Promise<Functions>

/** @param config what `defineConfig` made */
export function functionsOf(config: unknown): Functions {
  const groups: readonly unknown[] = isKind(config, 'config') && Array.isArray(config.groups) ? config.groups : []
  return new Map(groups.filter((group) => isKind(group, 'group')).map((group) => [String(group.name), group]))
}
