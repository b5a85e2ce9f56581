/**
 * The join that Feast has Postgres run, in words of our own: every spine row meets all history before it, then the
 * newest is picked by grouping and numbering, under a row id of the keys and the timestamp put together as text.
 */
import type pg from 'pg'
import { featureNames, groupNames, historyOf, type Shape } from './shape.js'

/** Plain tables of the same rows, each with an index that such a join could use. */
export async function createFeastTables(client: pg.Client, shape: Shape): Promise<void> {
  for (const group of groupNames(shape)) {
    const columns = ['user_id', 'event_timestamp', 'created_at', ...featureNames(shape, group)]
    await client.query(
      `CREATE TABLE feast_${group} AS SELECT ${columns.join(', ')} FROM ${await historyOf(client, group)}`,
    )
    await client.query(`CREATE INDEX ON feast_${group} (user_id, event_timestamp, created_at)`)
    await client.query(`VACUUM ANALYZE feast_${group}`)
  }
}

export function feastJoin(shape: Shape, spine: string): string {
  const groups = groupNames(shape)
  const ids = groups.map((group) => `user_id::varchar || event_timestamp::varchar AS ${group}_id`)
  const joined = groups.map((group) => `LEFT JOIN ${group}_newest USING (${group}_id)`)
  const features = groups.flatMap((group) => featureNames(shape, group))
  return `WITH spine AS (SELECT *, event_timestamp AS asked_at, ${ids.join(', ')} FROM ${spine}),
    ${groups.map((group) => viewSql(shape, group)).join(',\n')}
    SELECT user_id, event_timestamp, row, ${features.join(', ')} FROM spine ${joined.join(' ')}`
}

function viewSql(shape: Shape, group: string): string {
  const features = featureNames(shape, group).join(', ')
  const id = `${group}_id`
  const within = (from: string) => (shape.ttl ? `AND event_timestamp >= ${from} - 3 * 86400 * interval '1 second'` : '')
  return `
    ${group}_asked AS (SELECT user_id, asked_at, ${id} FROM spine GROUP BY user_id, asked_at, ${id}),
    ${group}_rows AS (
      SELECT event_timestamp, created_at, user_id, ${features} FROM feast_${group}
      WHERE event_timestamp <= (SELECT max(asked_at) FROM spine) ${within('(SELECT min(asked_at) FROM spine)')}),
    ${group}_pairs AS (
      SELECT r.*, a.asked_at, a.${id} FROM ${group}_rows AS r JOIN ${group}_asked AS a
      ON r.event_timestamp <= a.asked_at ${within('a.asked_at').replace('AND event', 'AND r.event')} AND r.user_id = a.user_id),
    ${group}_created AS (
      SELECT ${id}, event_timestamp, max(created_at) AS created_at FROM ${group}_pairs GROUP BY ${id}, event_timestamp),
    ${group}_ranked AS (
      SELECT event_timestamp, created_at, ${id} FROM (
        SELECT *, row_number() OVER (PARTITION BY ${id} ORDER BY event_timestamp DESC, created_at DESC) AS place
        FROM ${group}_pairs JOIN ${group}_created USING (${id}, event_timestamp, created_at)) AS numbered
      WHERE place = 1),
    ${group}_newest AS (
      SELECT ${id}, ${features} FROM (
        SELECT p.* FROM ${group}_pairs AS p JOIN ${group}_ranked USING (${id}, event_timestamp, created_at)) AS found)`
}
