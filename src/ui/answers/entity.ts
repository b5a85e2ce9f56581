/** `entities/:entity`: every feature of one entity, masked until asked for. */

import type { FeatureValue } from '../../config/inference.js'
import { instantFrom, toMicroseconds } from '../../config/instant.js'
import type { GroupValues } from '../../online/entity-values.js'
import type { Asked } from '../asked.js'
import type { EntityGroup, EntityPage, EntityValue } from '../model.js'
import { jsonValue } from '../value.js'

export async function entity({ store, query, name }: Asked): Promise<EntityPage> {
  const instant = (text: string | undefined) => (text === undefined ? null : instantFrom(text))
  const knownAt = instant(query.text('knownAt'))
  const at = instant(query.text('at')) ?? knownAt
  const masked = !query.flag('reveal')
  const keys = query.keys()
  const found = await store.entityValues({
    entity: name,
    key: keys,
    at: at ?? undefined,
    knownAt: knownAt ?? undefined,
  })
  const now = new Date().toISOString()
  const shown = { masked, at: toMicroseconds(at ?? now) }
  return {
    entity: name,
    tenant: store.tenant,
    keys,
    at,
    knownAt,
    now,
    masked,
    groups: found.map((one) => entityGroup(one, shown)),
  }
}

interface Shown {
  readonly masked: boolean
  /** Against which ages are reckoned. */
  readonly at: bigint
}

function entityGroup({ group, version, problem, values }: GroupValues, shown: Shown): EntityGroup {
  const { name, sourceType } = group
  const features = group.features.flatMap(({ name: feature, dataType }): EntityValue[] => {
    const value = values.get(feature)
    return value === undefined ? [] : [{ feature, dataType, ...entityValue(value, shown) }]
  })
  return { group: name, sourceType, version, problem, features }
}

function entityValue(one: FeatureValue<unknown>, { masked, at }: Shown): Omit<EntityValue, 'feature' | 'dataType'> {
  const { status, value, eventTimestampText, source } = one
  const isMasked = masked && status === 'PRESENT'
  return {
    status,
    value: isMasked ? null : jsonValue(value),
    masked: isMasked,
    eventTimestamp: eventTimestampText,
    ageSeconds: eventTimestampText === null ? null : Number((at - toMicroseconds(eventTimestampText)) / 1_000_000n),
    tier: source,
  }
}
