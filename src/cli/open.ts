/** From the options every command has to the project and its store. */
import { readEnvironment, resolveProfile } from '../config/environment.js'
import { type LoadedProject, loadProject } from '../config/load.js'
import { FstoreError } from '../errors.js'
import { AnyStore } from '../store.js'
import type { Globals } from './globals.js'

export interface Opened {
  readonly loaded: LoadedProject
  readonly store: AnyStore
}

/** Opens the project's store for `work`, and closes it whatever comes of that. */
export async function withStore<T>(globals: Globals, work: (opened: Opened) => Promise<T>): Promise<T> {
  const loaded = await loadProject({ configPath: globals.config })
  const { project, root, files } = loaded
  const env = await readEnvironment(root)
  if (globals.tenant === '') throw new FstoreError('USAGE', '--tenant is empty.', { fix: 'Name a tenant.' })
  const resolved = resolveProfile({ project, profile: globals.profile, env })
  const profile = { ...resolved, ...(globals.tenant !== undefined && { tenant: globals.tenant }) }
  // One read fills no cache worth having.
  const store = new AnyStore({ project, profile, root, files, cache: { max: 0 } })
  try {
    return await work({ loaded, store })
  } finally {
    await store.close()
  }
}
