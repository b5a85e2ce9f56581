/** Reads of newest values: names and keys are resolved, then one pass through the tiers answers all of them. */
import type { Read } from '../config/inference.js'
import { joinKeyTexts } from '../config/join-keys.js'
import { type KeyTexts, keyTexts } from '../config/key.js'
import type { Project } from '../config/project.js'
import { findEntity, findService } from '../config/reference.js'
import type { Catalog } from '../registry/catalog.js'
import { planFeatures, planVector, type ReadPlan } from './read-plan.js'
import { type Lookup, nameOf, type Tier } from './tier.js'
import { assemble, readTiers } from './tiered.js'

export type AnyRead = Read<Record<string, unknown>>

export interface Reader {
  readFeatures(request: {
    readonly entity: string
    readonly keys: readonly unknown[]
    readonly features?: readonly string[] | undefined
  }): Promise<AnyRead[]>
  readVectors(request: { readonly service: string; readonly keys: readonly unknown[] }): Promise<AnyRead[]>
}

export function openReader(options: {
  readonly project: Project
  readonly tenant: string
  readonly tiers: readonly Tier[]
  readonly catalog: Catalog
  /** The instant, in microseconds since 1970, that a ttl reaches back from; now when absent. */
  readonly at?: bigint
}): Reader {
  const { project, tenant, tiers, catalog, at } = options

  return {
    async readFeatures({ entity: name, keys, features }) {
      const started = performance.now()
      const entity = findEntity(project, name)
      const entities = keys.map((key) => [keyTexts(entity, key)])
      return read(started, planFeatures({ project, catalog: await catalog.entries(), entity, features }), entities)
    },

    async readVectors({ service: name, keys }) {
      const started = performance.now()
      const service = findService(project, name)
      const entities = keys.map((key) => joinKeyTexts(project, service, key))
      return read(started, planVector({ project, catalog: await catalog.entries(), service }), entities)
    },
  }

  /** @param asked for each answer the keys of the entities that the plan's rows are read of */
  async function read(started: number, plan: ReadPlan, asked: readonly (readonly KeyTexts[])[]): Promise<AnyRead[]> {
    const { wanted, rows } = plan
    const lookups = asked.flatMap((keys) =>
      rows.map(({ version, entity }) => lookup(version, keys[entity] as KeyTexts)),
    )
    const answers = await readTiers(tiers, tenant, lookups)
    const now = at ?? BigInt(Date.now()) * 1000n
    const latencyMs = Math.round((performance.now() - started) * 1000) / 1000
    return asked.map((_, i) => {
      const own = answers.slice(i * rows.length, (i + 1) * rows.length)
      return { ...assemble(wanted, own, now), latencyMs }
    })
  }

  function lookup(version: Lookup['version'], key: KeyTexts): Lookup {
    return { version, key, name: nameOf(project.name, tenant, version, key) }
  }
}
