/** How everything stands, what needs a person first. */

import { useEffect } from 'preact/hooks'
import type { Freshness, Overview } from '../../../src/ui/model.js'
import { type Answer, useAnswer } from '../answer.js'
import { plural } from '../format.js'
import { Answered, Empty } from '../parts/notice.js'
import { Page, Section } from '../parts/page.js'
import { freshnessTones } from '../parts/words.js'
import { adjust, useRoute } from '../router.js'
import { useAddress } from '../tenant.js'
import { useWork } from '../work.js'
import { GroupsTable } from './overview-groups.js'
import { PlanCard } from './overview-plan.js'
import { RunsCard } from './overview-runs.js'
import { StoresCard } from './overview-stores.js'

export function OverviewPage() {
  const answer = useAnswer<Overview>(useAddress('overview'))
  useWatch(answer)
  return (
    <Page title="Overview" wide>
      <Answered answer={answer} lines={14}>
        {(overview) => <Standing overview={overview} />}
      </Answered>
    </Page>
  )
}

function Standing({ overview }: { overview: Overview }) {
  const { groups, onDemand, problem } = overview
  const chosen = useRoute().params.get('freshness')
  const shown = chosen === null ? groups : groups.filter(({ freshness }) => freshness === chosen)
  const isUnbuilt = groups.length > 0 && groups.every(({ liveVersion }) => liveVersion === null)
  return (
    <>
      {problem && (
        <div class="notice wait" role="status">
          <strong>It is not known which windows are due</strong>
          <p>{problem}</p>
        </div>
      )}
      <div class="cards">
        <FreshnessCard groups={groups} chosen={chosen} />
        {/* What has run since is planned no more. */}
        <PlanCard key={JSON.stringify(overview.runs.map(({ id, status }) => [id, status]))} />
        <StoresCard overview={overview} />
        <RunsCard overview={overview} />
      </div>
      {isUnbuilt && (
        <Empty title="Nothing is built yet" command="npx fstore build">
          This computes every group over the time that its config names.
        </Empty>
      )}
      {groups.length + onDemand.length === 0 ? (
        <Empty title="The config has no groups" command="npx fstore init" />
      ) : (
        <Section
          title="Groups"
          beside={<span class="muted">{plural(shown.length, 'group')}, what needs you first</span>}
        >
          <GroupsTable groups={shown} now={overview.now} />
          {onDemand.length > 0 && <p class="muted">Computed when read, so never stale: {onDemand.join(', ')}</p>}
        </Section>
      )}
    </>
  )
}

const order: readonly Freshness[] = ['expired', 'overdue', 'due', 'not built', 'fresh', 'complete']

function FreshnessCard({ groups, chosen }: { groups: Overview['groups']; chosen: string | null }) {
  const counts = order.map((freshness) => ({
    freshness,
    count: groups.filter((group) => group.freshness === freshness).length,
  }))
  const present = counts.filter(({ count }) => count > 0)
  return (
    <section class="card" aria-label="Freshness">
      <h2>Freshness</h2>
      <div class="proportions" aria-hidden="true">
        {present.map(({ freshness, count }) => (
          <span
            key={freshness}
            class={`part ${freshnessTones[freshness]} ${freshness === 'overdue' ? 'second' : ''}`}
            style={{ flexGrow: count }}
          />
        ))}
      </div>
      <div class="facets">
        {present.map(({ freshness, count }) => (
          <button
            key={freshness}
            type="button"
            class={`facet ${freshnessTones[freshness]}`}
            aria-pressed={chosen === freshness}
            title={meanings[freshness]}
            onClick={() => adjust({ freshness: chosen === freshness ? null : freshness })}
          >
            <b>{count}</b> {freshness}
          </button>
        ))}
      </div>
    </section>
  )
}

const meanings: { readonly [K in Freshness]: string } = {
  expired: 'The newest value is older than the ttl',
  overdue: 'Windows have not run, nor did the schedule see to it',
  due: 'Windows have not run',
  'not built': 'Nothing is live',
  fresh: 'All that is due has run',
  complete: 'Computed up to the end of the group',
}

/**
 * Looks again by itself: while something runs, and now and then. Not at an embedded database that is at rest, which
 * another process may want; nor at the plan, which may take seconds.
 */
function useWatch({ data: overview, again }: Answer<Overview>) {
  const { refresh } = useWork()
  const runs = overview?.runs.some(({ status, dead }) => status === 'running' && !dead) ?? false
  const isServer = overview?.database.kind === 'postgres'
  const pause = runs ? 3000 : isServer ? 15_000 : null
  useEffect(() => {
    const whenSeen = (ask: () => void) => () => {
      if (document.visibilityState === 'visible') ask()
    }
    const comeBack = whenSeen(refresh)
    document.addEventListener('visibilitychange', comeBack)
    const timer = pause === null ? undefined : setInterval(whenSeen(again), pause)
    return () => {
      document.removeEventListener('visibilitychange', comeBack)
      clearInterval(timer)
    }
  }, [pause, refresh, again])
}
