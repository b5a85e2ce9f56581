/** What ran, how long, with what result; and what has not run. */

import { useEffect, useState } from 'preact/hooks'
import type { JobRun, RunsAnswer } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { address, ask } from '../api.js'
import { plural } from '../format.js'
import { Choice, Tabs } from '../parts/fields.js'
import { Answered, Empty } from '../parts/notice.js'
import { Page } from '../parts/page.js'
import { adjust, href, useRoute } from '../router.js'
import { useAddress } from '../tenant.js'
import { CoverageView } from './runs-coverage.js'
import { Durations } from './runs-durations.js'
import { GroupField } from './runs-group.js'
import { RunTable } from './runs-table.js'

const tabs = [
  { id: 'runs', title: 'Runs' },
  { id: 'coverage', title: 'Coverage' },
]

export function RunsPage() {
  const { params } = useRoute()
  const shown = params.get('show') ?? 'runs'
  const group = params.get('group') ?? ''
  return (
    <Page title="Runs" wide>
      <Tabs
        label="What to show"
        tabs={tabs}
        current={shown}
        href={(id) => href(['runs'], { group, show: id === 'runs' ? null : id })}
      />
      {shown === 'coverage' ? (
        <CoverageView group={group} />
      ) : (
        <Ran group={group} status={params.get('status') ?? ''} />
      )}
    </Page>
  )
}

function Ran({ group, status }: { group: string; status: string }) {
  const answer = useAnswer<RunsAnswer>(useAddress('runs', { group, status, limit: '100' }))
  return (
    <>
      <div class="filters">
        <GroupField group={group} />
        <Choice
          label="Status"
          none="any"
          value={status}
          options={['completed', 'failed', 'running', 'cancelled']}
          choose={(value) => adjust({ status: value }, { step: true })}
        />
      </div>
      <Answered answer={answer} lines={16}>
        {(page) => <List key={`${group} ${status}`} page={page} group={group} status={status} />}
      </Answered>
    </>
  )
}

function List({ page, group, status }: { page: RunsAnswer; group: string; status: string }) {
  const [older, setOlder] = useState<RunsAnswer | null>(null)
  // What is older stays only beside the page that it was asked after.
  const first = page.runs[0]?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: a newer page makes them old.
  useEffect(() => setOlder(null), [first])
  const runs: readonly JobRun[] = [...page.runs, ...(older?.runs ?? [])]
  const more = async () => {
    const before = String(runs.at(-1)?.id ?? '')
    const url = address('runs', { group, status, limit: '100', before, tenant: page.tenant })
    const next = await ask<RunsAnswer>(url).catch(() => null)
    if (next) setOlder({ ...next, runs: [...(older?.runs ?? []), ...next.runs] })
  }
  if (runs.length === 0) {
    return group === '' && status === '' ? (
      <Empty title="Nothing has run yet" command="npx fstore build" />
    ) : (
      <Empty title="No such run">Other filters may find some.</Empty>
    )
  }
  return (
    <>
      <Durations runs={page.runs} />
      <RunTable runs={runs} now={page.now} />
      <p class="muted foot">
        {plural(runs.length, 'run')}{' '}
        {(older ?? page).more && (
          <button type="button" onClick={more}>
            Older
          </button>
        )}
      </p>
    </>
  )
}
