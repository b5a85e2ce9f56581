import type { EntityGroup, EntityPage, EntityValue } from '../../../src/ui/model.js'
import { span, value } from '../format.js'
import { Section } from '../parts/page.js'
import { Masked } from '../parts/reveal.js'
import { type Column, Table } from '../parts/table.js'
import { Badge, GroupLink, sourceTypeText, type Tone, When } from '../parts/words.js'
import { adjust } from '../router.js'

export function EntityValues({ page: { groups }, chosen }: { page: EntityPage; chosen: string | null }) {
  return (
    <div class="aligned">
      {groups.map((group) => (
        <Section
          key={group.group}
          title={<GroupLink group={group.group} />}
          beside={
            <span class="muted">
              {sourceTypeText(group.sourceType)}
              {group.version !== null && ` · v${group.version}`}
            </span>
          }
        >
          {group.problem !== null ? (
            <p class="muted">{group.problem}</p>
          ) : (
            <Table
              label={`Features of ${group.group}`}
              columns={columnsOf(group)}
              rows={group.features}
              id={({ feature }) => feature}
              tone={({ feature }) => (chosen === `${group.group}.${feature}` ? 'chosen' : '')}
            />
          )}
        </Section>
      ))}
    </div>
  )
}

function columnsOf({ group, sourceType }: EntityGroup): readonly Column<EntityValue>[] {
  const hasHistory = sourceType !== 'on_demand'
  return [
    {
      title: 'Feature',
      kind: 'main',
      cell: ({ feature }) =>
        hasHistory ? (
          <button
            type="button"
            class="link name"
            data-row
            title="Its history"
            onClick={() => adjust({ feature: `${group}.${feature}` }, { step: true })}
          >
            {feature}
          </button>
        ) : (
          <span class="name">{feature}</span>
        ),
    },
    { title: 'Value', kind: 'wide', cell: (own) => <Shown own={own} /> },
    { title: 'Status', cell: ({ status }) => <Badge tone={tones[status]}>{texts[status]}</Badge> },
    { title: 'Age', kind: 'number', cell: ({ ageSeconds }) => (ageSeconds === null ? '–' : span(ageSeconds)) },
    { title: 'Event time', kind: 'minor', cell: ({ eventTimestamp }) => <When at={eventTimestamp} /> },
    { title: 'Tier', cell: ({ tier }) => <span class="muted">{tier?.replace('_', ' ') ?? '–'}</span> },
  ]
}

function Shown({ own: { value: given, masked, status } }: { own: EntityValue }) {
  if (masked) return <Masked />
  if (status === 'NOT_FOUND' || given === null) return <span class="faint">–</span>
  return <code class="value">{value(given)}</code>
}

const tones: { readonly [K in EntityValue['status']]: Tone } = {
  PRESENT: 'good',
  NULL_VALUE: 'none',
  NOT_FOUND: 'none',
  EXPIRED: 'bad',
}

const texts: { readonly [K in EntityValue['status']]: string } = {
  PRESENT: 'present',
  NULL_VALUE: 'null',
  NOT_FOUND: 'not found',
  EXPIRED: 'expired',
}
