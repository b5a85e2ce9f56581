/** `groups/:name/rejected`: rows that broke a rule. */
import type { Asked } from '../asked.js'
import type { RejectedAnswer, Value } from '../model.js'
import { jsonValue } from '../value.js'

export async function rejected({ store, query, name }: Asked): Promise<RejectedAnswer> {
  const masked = !query.flag('reveal')
  const { tenant, total, windows, reasons, rows } = await store.rejected({
    group: name,
    limit: query.number('limit', 50, 1_000),
  })
  const shown = (content: Readonly<Record<string, unknown>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(content).map(([column, value]) => [column, masked ? null : jsonValue(value)]))
  return {
    group: name,
    tenant,
    masked,
    total,
    windows,
    reasons: reasons.map(({ reason, rows }) => ({ reason, rows })),
    rows: rows.map(({ group: _, content, ...row }) => ({ ...row, content: shown(content) })),
  }
}
