/** From the options every command has to the project and its store. */
import { readEnvironment, resolveProfile } from '../config/environment.js'
import { type LoadedProject, loadProject } from '../config/load.js'
import { FstoreError } from '../errors.js'
import { AnyStore } from '../store.js'
import type { Globals } from './globals.js'
import { observeProject } from './observed.js'

export interface Opened {
  readonly loaded: LoadedProject
  readonly store: AnyStore
}

/** What there is to open, and the variables it was found by: the process's over those of `.env`. */
export async function findProject(globals: Globals) {
  const loaded = await loadProject({ configPath: globals.config })
  const env = await readEnvironment(loaded.root)
  if (globals.tenant === '') throw new FstoreError('USAGE', '--tenant is empty.', { fix: 'Name a tenant.' })
  const resolved = resolveProfile({ project: loaded.project, profile: globals.profile, env })
  const profile = { ...resolved, ...(globals.tenant !== undefined && { tenant: globals.tenant }) }
  if (profile.database === undefined) (await import('./engine.js')).compileLate()
  return { loaded, env, profile }
}

/** How many connections so many windows at the same time need, beside one for the heartbeat. */
export function connectionsFor(parallel = 1): number {
  return Math.max(5, parallel + 1)
}

/**
 * Opens the project's store for `work`, and closes it whatever comes of that.
 *
 * @param connections of the pool, at most; the usual number when absent
 */
export async function withStore<T>(
  globals: Globals,
  work: (opened: Opened) => Promise<T>,
  connections?: number,
): Promise<T> {
  const { loaded, profile } = await findProject(globals)
  const { project, root, files, functions } = loaded
  await observeProject({ root, project: project.name, profile })
  // One read fills no cache worth having.
  const store = new AnyStore({ project, profile, root, files, functions, cache: { max: 0 }, connections })
  try {
    return await work({ loaded, store })
  } finally {
    await store.close()
  }
}
