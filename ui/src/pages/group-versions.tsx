import type { GroupPage, SpanOf, VersionPage } from '../../../src/ui/model.js'
import { Figure } from '../charts/figure.js'
import { Spans } from '../charts/spans.js'
import { instant } from '../format.js'
import { ChangeView } from '../parts/change.js'
import { Empty } from '../parts/notice.js'
import { Section } from '../parts/page.js'
import { Sql } from '../parts/sql.js'
import { Table } from '../parts/table.js'
import { Badge, When } from '../parts/words.js'

export function Versions({ group: { name, versions, pending } }: { group: GroupPage }) {
  return (
    <>
      {pending && (
        <Section title="Changed in the config, not built yet" beside={<code>fstore build --group {name}</code>}>
          <ChangeView change={pending} />
        </Section>
      )}
      {versions.length === 0 && <Empty title="No version yet" command="npx fstore build" />}
      {versions.length > 0 && <Coverage versions={versions} />}
      {versions.map((version) => (
        <Version key={version.version} version={version} />
      ))}
    </>
  )
}

function Coverage({ versions }: { versions: readonly VersionPage[] }) {
  const axis = axisOf(versions.flatMap(({ covered }) => covered))
  if (axis === null) return null
  const spans = versions.flatMap(({ version, covered }) => covered.map(([from, to]) => ({ version, from, to })))
  return (
    <Figure
      title="What each version covers"
      size="large"
      columns={[
        { title: 'Version', cell: ({ version }) => `v${version}` },
        { title: 'From', cell: ({ from }) => instant(from) },
        { title: 'To', cell: ({ to }) => instant(to) },
      ]}
      rows={spans}
      id={({ version, from }) => `${version} ${from}`}
    >
      <Spans
        label="Time that each version covers"
        axis={axis}
        rows={versions.map(({ version, live, covered }) => ({
          name: `v${version}${live ? ' · live' : ''}`,
          spans: covered.map(([from, to]) => ({ from, to, tone: 'covered' as const })),
        }))}
      />
    </Figure>
  )
}

function axisOf(spans: readonly SpanOf[]): SpanOf | null {
  const from = spans.map(([start]) => start).sort()[0]
  const to = spans
    .map(([, end]) => end)
    .sort()
    .at(-1)
  return from === undefined || to === undefined ? null : [from, to]
}

function Version({ version }: { version: VersionPage }) {
  const { live, stored, changeSummary, createdAt, promotedAt, fingerprint, change, features, sql } = version
  return (
    <details class="item" open={live}>
      <summary data-row>
        <b>v{version.version}</b> {live && <Badge tone="good">live</Badge>}{' '}
        {!stored && <Badge tone="none">table removed</Badge>} <span>{changeSummary}</span>
        <span class="beside">
          <When at={createdAt} />
        </span>
      </summary>
      <p class="muted">
        fingerprint <code>{fingerprint}</code>
        {promotedAt && ` · promoted ${instant(promotedAt)}`}
      </p>
      {change && (
        <>
          <h3>Against the version before</h3>
          <ChangeView change={change} />
        </>
      )}
      <h3>Schema</h3>
      <Table
        label={`Schema of version ${version.version}`}
        columns={[
          { title: 'Feature', kind: 'main', cell: ({ name }) => <span class="name">{name}</span> },
          { title: 'Type', cell: ({ type }) => <code>{type}</code> },
          { title: 'Rules', cell: ({ rules }) => rules.join(', ') },
        ]}
        rows={features}
        id={({ name }) => name}
      />
      {sql.map(({ feature, text }) => (
        <>
          <h3>{feature === null ? 'SQL' : `SQL of ${feature}`}</h3>
          <Sql text={text} label={`SQL of version ${version.version}${feature === null ? '' : `, ${feature}`}`} />
        </>
      ))}
    </details>
  )
}
