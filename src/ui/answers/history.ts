/** `entities/:entity/history`: the values that one feature of one entity has had, masked until asked for. */
import { findEntity, resolveFeature } from '../../config/reference.js'
import { FstoreError } from '../../errors.js'
import type { Asked } from '../asked.js'
import type { HistoryAnswer, HistoryRow } from '../model.js'
import { jsonValue } from '../value.js'

export async function history({ store, query, name }: Asked): Promise<HistoryAnswer> {
  const asked = query.text('feature')
  if (asked === undefined)
    throw new FstoreError('USAGE', 'No feature is named.', { fix: 'Add feature=group.feature to the address.' })
  const reference = resolveFeature(store.project, asked, findEntity(store.project, name))
  const { group, feature, name: full } = reference
  const masked = !query.flag('reveal')
  const limit = query.number('limit', 1_000, 10_000)
  const knownAt = query.text('knownAt')
  const key = query.keys()
  const request = { feature: full, key, start: query.text('from'), end: query.text('to'), limit: limit + 1 }
  const rows: HistoryRow[] = []
  for await (const row of store.history({ ...request, ...(knownAt === undefined ? { all: true } : { knownAt }) })) {
    const isMasked = masked && row.value !== null
    rows.push({
      value: isMasked ? null : jsonValue(row.value),
      masked: isMasked,
      eventTimestamp: row.eventTimestampText,
      createdAt: row.createdAtText,
      supersededAt: row.supersededAtText,
    })
  }
  const dataType = group.features.find((one) => one.name === feature)?.dataType ?? 'string'
  const shown = { entity: name, tenant: store.tenant, keys: key, feature: full, dataType, masked }
  return { ...shown, rows: rows.slice(0, limit), more: rows.length > limit }
}
