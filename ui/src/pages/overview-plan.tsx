import type { PlanAnswer, PlannedGroup } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { compact, plural } from '../format.js'
import { Badge, GroupLink, type Tone } from '../parts/words.js'
import { useAddress } from '../tenant.js'

const shown = 4

/** What a build would do. It may take a while to tell. */
export function PlanCard() {
  const { data, refusal } = useAnswer<PlanAnswer>(useAddress('plan'))
  return (
    <section class="card" aria-label="Pending plan">
      <h2>Pending plan</h2>
      {data ? <Steps plan={data} /> : <p class="muted">{refusal ? refusal.message : 'Working it out…'}</p>}
    </section>
  )
}

function Steps({ plan: { changes, groups, migrations } }: { plan: PlanAnswer }) {
  if (!changes) return <p class="good-text">Nothing is pending</p>
  return (
    <>
      <ul class="lines">
        {migrations.length > 0 && <li>{plural(migrations.length, 'migration')} to apply</li>}
        {groups.slice(0, shown).map((group) => (
          <li key={group.group} title={[...group.reasons, ...waits(group)].join('\n')}>
            <span class="line-main">
              <GroupLink group={group.group} {...(group.kind !== 'due' && { tab: 'versions' })} />
            </span>
            <span class="muted">{work(group)}</span>
            <Badge tone={tones[group.kind]}>{group.kind}</Badge>
          </li>
        ))}
      </ul>
      <p class="muted foot">
        {groups.length > shown && `and ${plural(groups.length - shown, 'more group')} · `}
        <code>fstore plan</code> shows all
      </p>
    </>
  )
}

const tones: { readonly [K in PlannedGroup['kind']]: Tone } = {
  added: 'good',
  changed: 'wait',
  affected: 'wait',
  restored: 'calm',
  described: 'none',
  due: 'calm',
  removed: 'bad',
}

function waits({ waitsFor }: PlannedGroup): string[] {
  return waitsFor.length === 0 ? [] : [`goes live after a build for ${waitsFor.join(', ')}`]
}

function work({ backfill, impact }: PlannedGroup): string {
  if (backfill === null) return impact ?? ''
  return `${compact(backfill.windows)} ${backfill.windows === 1 ? 'window' : 'windows'}`
}
