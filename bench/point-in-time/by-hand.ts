/** What someone would write who knows this layout: one descent of the index for each row and group, sorted to be kind to the cache. */
import type pg from 'pg'
import { featureNames, groupNames, historyOf, type Shape } from './shape.js'

export async function byHand(client: pg.Client, shape: Shape, spine: string): Promise<string> {
  const joins = []
  for (const group of groupNames(shape)) {
    joins.push(`LEFT JOIN LATERAL (
      SELECT * FROM ${await historyOf(client, group)} AS h
      WHERE h.tenant_id = 'default' AND h.user_id = s.user_id AND h.event_timestamp <= s.event_timestamp
        ${shape.ttl ? "AND h.event_timestamp >= s.event_timestamp - interval '3 days'" : ''} AND h.superseded_at IS NULL
      ORDER BY h.event_timestamp DESC, h.created_at DESC LIMIT 1) AS ${group} ON true`)
  }
  const features = groupNames(shape).flatMap((group) => featureNames(shape, group).map((name) => `${group}.${name}`))
  return `SELECT s.user_id, s.event_timestamp, s.row, ${features.join(', ')}
    FROM (SELECT * FROM ${spine} ORDER BY user_id, event_timestamp) AS s ${joins.join('\n')} ORDER BY s.row`
}
