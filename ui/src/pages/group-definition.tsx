import { type ComponentChildren, Fragment } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { FeatureItem, GroupPage, Neighbours } from '../../../src/ui/model.js'
import { NamedBars } from '../charts/bars.js'
import { Figure } from '../charts/figure.js'
import { count, instant, span } from '../format.js'
import { Section } from '../parts/page.js'
import { Sql } from '../parts/sql.js'
import { type Column, Table } from '../parts/table.js'
import { StatusBadge, Tags } from '../parts/words.js'
import { href, useRoute } from '../router.js'

export function Definition({ group }: { group: GroupPage }) {
  return (
    <>
      <div class="cards">
        <Facts group={group} />
        <Beside title="Reads" neighbours={group.upstream} none="Nothing of the store" />
        <Beside title="Read by" neighbours={group.downstream} none="Nothing yet" />
        {group.counts && <CountsCard counts={group.counts} />}
      </div>
      <Section title="Features">
        <Schema features={group.features} />
      </Section>
      {group.problem && (
        <div class="notice bad" role="alert">
          <strong>The SQL of the config cannot be read</strong>
          <p>{group.problem}</p>
        </div>
      )}
      {group.sql.map(({ feature, text }) => (
        <Section key={feature ?? ''} title={feature === null ? 'SQL' : `SQL of ${feature}`}>
          <Sql text={text} label={feature === null ? 'SQL' : `SQL of ${feature}`} />
        </Section>
      ))}
      {group.events && <Events events={group.events} />}
    </>
  )
}

function Facts({ group }: { group: GroupPage }) {
  const rows: readonly (readonly [string, ComponentChildren])[] = [
    ['Entity', <EntityLink key="entity" entity={group.entity} />],
    ['Keys', group.keys.map(({ name, type }) => `${name} ${type}`).join(', ')],
    ['Window', group.everySeconds === null ? null : span(group.everySeconds)],
    ['From', group.start && instant(group.start)],
    ['Until', group.end && instant(group.end)],
    ['ttl', group.ttlSeconds === null ? 'unlimited' : span(group.ttlSeconds)],
    ['Schedule', group.schedule && <code>{group.schedule}</code>],
    ['Retention', group.retentionSeconds === null ? null : span(group.retentionSeconds)],
    ['Partitions', group.partition],
    ['Inputs', group.inputs.join(', ')],
    ['Request', group.request.join(', ')],
  ]
  return (
    <section class="card" aria-label="Facts">
      <h2>Facts</h2>
      <dl class="facts">
        {rows
          .filter(([, fact]) => fact !== null && fact !== '')
          .map(([name, fact]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{fact}</dd>
            </Fragment>
          ))}
      </dl>
    </section>
  )
}

function EntityLink({ entity }: { entity: string }) {
  return <a href={href(['entities', entity])}>{entity}</a>
}

function Beside({ title, neighbours, none }: { title: string; neighbours: Neighbours; none: string }) {
  const { sources, groups, services, datasets } = neighbours
  const isEmpty = sources.length + groups.length + services.length + datasets.length === 0
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {isEmpty && <p class="muted">{none}</p>}
      <ul class="lines">
        {sources.map((name) => (
          <Line key={name} kind="source" to={href(['lineage'], { node: `source:${name}` })} name={name} />
        ))}
        {groups.map((name) => (
          <Line key={name} kind="group" to={href(['groups', name])} name={name} />
        ))}
        {services.map((name) => (
          <Line key={name} kind="service" to={href(['catalogue'], { show: 'services', q: name })} name={name} />
        ))}
        {datasets.map((name) => (
          <Line key={name} kind="dataset" to={href(['catalogue'], { show: 'datasets', q: name })} name={name} />
        ))}
      </ul>
    </section>
  )
}

function Line({ kind, name, to }: { kind: string; name: string; to: string }) {
  return (
    <li>
      <span class="line-main">
        <a class="name" href={to}>
          {name}
        </a>
      </span>
      <span class="muted">{kind}</span>
    </li>
  )
}

/** Whether online is what offline says. */
function CountsCard({ counts }: { counts: NonNullable<GroupPage['counts']> }) {
  const rows = [
    { name: 'history rows', count: counts.historyRows },
    { name: 'superseded', count: counts.supersededRows },
    { name: 'entities', count: counts.historyEntities },
    { name: 'latest rows', count: counts.latestRows },
  ]
  const known = rows.flatMap((row) =>
    row.count === null ? [] : [{ ...row, count: row.count, text: count(row.count) }],
  )
  const { redis, historyEntities, latestRows } = counts
  const differs = historyEntities !== null && latestRows !== null && historyEntities !== latestRows
  return (
    <section class="card" aria-label="Offline and online">
      <Figure
        title="Offline and online"
        columns={[
          { title: 'What', cell: ({ name }) => name },
          { title: 'Rows', kind: 'number', cell: (row) => count(row.count) },
        ]}
        rows={[...rows, { name: 'in Redis, of those looked at', count: redis?.found ?? null }]}
        id={({ name }) => name}
      >
        <NamedBars label="Rows offline and online" bars={known} />
      </Figure>
      <p class="muted foot">
        {differs ? 'Entities differ: fstore verify says which. ' : ''}
        {redis === null
          ? 'No Redis to compare with'
          : `Redis has ${count(redis.found)} of ${count(redis.looked)} looked at`}
      </p>
    </section>
  )
}

const schemaColumns: readonly Column<FeatureItem>[] = [
  {
    title: 'Feature',
    kind: 'main',
    cell: ({ name, status }) => (
      <>
        <span class="name">{name}</span> <StatusBadge status={status} />
      </>
    ),
  },
  { title: 'Type', cell: ({ type }) => <code>{type}</code> },
  { title: 'Rules', cell: ({ rules }) => <span class="rules">{rules.join(', ')}</span> },
  {
    title: 'Description',
    kind: 'wide',
    cell: ({ description, tags }) => (
      <>
        <span class="muted">{description}</span> <Tags tags={tags} />
      </>
    ),
  },
  { title: 'Aggregation', kind: 'minor', cell: ({ aggregation }) => aggregation },
  { title: 'Over', kind: 'minor', cell: ({ windowSeconds }) => (windowSeconds === null ? '' : span(windowSeconds)) },
]

function Schema({ features }: { features: readonly FeatureItem[] }) {
  const chosen = useRoute().params.get('feature')
  const place = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: shows the row that is chosen.
  useEffect(() => place.current?.querySelector('tr.chosen')?.scrollIntoView({ block: 'center' }), [chosen])
  const columns = schemaColumns.filter(
    ({ title }) =>
      (title !== 'Aggregation' || features.some(({ aggregation }) => aggregation !== null)) &&
      (title !== 'Over' || features.some(({ windowSeconds }) => windowSeconds !== null)),
  )
  return (
    <div ref={place}>
      <Table
        label="Features of the group"
        columns={columns}
        rows={features}
        id={({ name }) => name}
        tone={({ name }) => (name === chosen ? 'chosen' : '')}
      />
    </div>
  )
}

function Events({ events }: { events: NonNullable<GroupPage['events']> }) {
  const rows = Object.entries(events).flatMap(([event, reducers]) =>
    Object.entries(reducers).map(([feature, reducer]) => ({ event, feature, reducer })),
  )
  return (
    <Section title="Events">
      <Table
        label="How events are reduced"
        columns={[
          { title: 'Event', cell: ({ event }) => event },
          { title: 'Feature', cell: ({ feature }) => <span class="name">{feature}</span> },
          { title: 'Reducer', cell: ({ reducer }) => <code>{reducer}</code> },
        ]}
        rows={rows}
        id={({ event, feature }) => `${event} ${feature}`}
      />
    </Section>
  )
}
