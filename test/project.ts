/** A project from what a config would hold, as planning and building take it. */

import type { AnyGroup } from '../src/config/define.js'
import { parseConfig } from '../src/config/parse.js'
import type { Project } from '../src/config/project.js'
import { type BatchOptions, batch, defineConfig, type Entity, entity, type Features, int64, sql } from '../src/index.js'
import { type CompiledGroup, compileProject } from '../src/offline/compile.js'

export const user = entity('user', { user_id: 'string' })

type Options = { readonly [K in keyof BatchOptions<Entity, Features>]?: BatchOptions<Entity, Features>[K] | undefined }

/** A group that is sound but for the options given. */
export function group(name: string, options: Options = {}): AnyGroup {
  const usual = { entity: user, features: { visits: int64() }, sql: sql`SELECT user_id, visits FROM source` }
  return batch(name, { ...usual, ...options } as BatchOptions<Entity, Features>)
}

export function project(...groups: AnyGroup[]): Project {
  return parseConfig(defineConfig({ project: 'demo', groups }))
}

/** Each after those it reads. */
export function compile(...groups: AnyGroup[]): Promise<CompiledGroup[]> {
  return compileProject({ project: project(...groups), root: '/nowhere' })
}

export async function compileOne(name: string, options?: Options): Promise<CompiledGroup> {
  const [compiled] = await compile(group(name, options))
  return compiled as CompiledGroup
}
