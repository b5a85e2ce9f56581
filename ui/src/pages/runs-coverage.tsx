import { useState } from 'preact/hooks'
import type { CoverageAnswer, GroupCoverage } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { Figure } from '../charts/figure.js'
import { type SpanRow, Spans, type SpanTone } from '../charts/spans.js'
import { instant, plural, secondsBetween, span } from '../format.js'
import { Answered, Empty } from '../parts/notice.js'
import { href } from '../router.js'
import { useAddress } from '../tenant.js'
import { GroupField } from './runs-group.js'

export function CoverageView({ group }: { group: string }) {
  const answer = useAnswer<CoverageAnswer>(useAddress('coverage'))
  const [isGapsOnly, setGapsOnly] = useState(false)
  return (
    <>
      <div class="filters">
        <GroupField group={group} />
        <label class="check">
          <input type="checkbox" checked={isGapsOnly} onChange={() => setGapsOnly(!isGapsOnly)} /> only with gaps
        </label>
        <p class="legend">
          <span class="key covered" /> covered <span class="key stale" /> to run again <span class="key gap" /> gap
        </p>
      </div>
      <Answered answer={answer} lines={16}>
        {(coverage) => <Drawn coverage={coverage} group={group} isGapsOnly={isGapsOnly} />}
      </Answered>
    </>
  )
}

interface Props {
  readonly coverage: CoverageAnswer
  readonly group: string
  readonly isGapsOnly: boolean
}

function Drawn({ coverage: { groups, span: axis, now }, group, isGapsOnly }: Props) {
  const shown = groups.filter(
    (own) => own.group.includes(group) && (!isGapsOnly || own.gaps.length + own.stale.length > 0),
  )
  if (axis === null) return <Empty title="Nothing has run yet" command="npx fstore build" />
  if (shown.length === 0) return <Empty title={isGapsOnly ? 'No gaps' : 'No such group'} />
  const parts = shown.flatMap((own) => partsOf(own).map((part) => ({ group: own.group, ...part })))
  return (
    <Figure
      title={`Coverage of ${plural(shown.length, 'group')}`}
      size="large"
      reading={`${instant(axis[0])} – ${instant(axis[1])}`}
      columns={[
        { title: 'Group', cell: ({ group }) => <a href={href(['groups', group], { tab: 'versions' })}>{group}</a> },
        { title: 'What', cell: ({ tone }) => <span class={`${tone}-text`}>{tone}</span> },
        { title: 'From', cell: ({ from }) => instant(from) },
        { title: 'To', cell: ({ to }) => instant(to) },
        { title: 'Length', kind: 'number', cell: ({ from, to }) => span(secondsBetween(from, to)) },
      ]}
      rows={parts}
      id={({ group, tone, from }) => `${group} ${tone} ${from}`}
    >
      <Spans label="Coverage of each group over time" axis={axis} rows={shown.map(rowOf)} now={now} />
    </Figure>
  )
}

function rowOf(own: GroupCoverage): SpanRow {
  return { name: own.group, href: href(['groups', own.group], { tab: 'versions' }), spans: partsOf(own) }
}

function partsOf({ covered, stale, gaps }: GroupCoverage) {
  const toned = (spans: GroupCoverage['gaps'], tone: SpanTone) => spans.map(([from, to]) => ({ from, to, tone }))
  return [...toned(covered, 'covered'), ...toned(stale, 'stale'), ...toned(gaps, 'gap')]
}
