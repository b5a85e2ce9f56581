import { z } from 'zod'
import type { GroupSpec } from '../project.js'
import { groupDrift } from './drift.js'
import { duration, metadata } from './fields.js'

/** The options of every group, whatever its source. */
export const shape = {
  ...metadata,
  name: z.unknown(),
  sourceType: z.unknown(),
  entity: z.unknown(),
  features: z.unknown(),
  ttl: duration,
  retention: duration,
  partition: z.enum(['month', 'year', 'none']),
  drift: groupDrift,
}

/** What a group is besides its entity and its features. */
export type GroupFields = Omit<GroupSpec, 'entity' | 'features'>
