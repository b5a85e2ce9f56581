import type { Overview } from '../../../src/ui/model.js'
import { compact, milliseconds } from '../format.js'
import { GroupLink, RunBadge, When } from '../parts/words.js'
import { href } from '../router.js'

export function RunsCard({ overview: { runs, now } }: { overview: Overview }) {
  return (
    <section class="card" aria-label="Last runs">
      <h2>
        <a href={href(['runs'])}>Last runs</a>
      </h2>
      {runs.length === 0 && <p class="muted">None yet</p>}
      <ul class="lines">
        {runs.slice(0, 5).map((run) => (
          <li key={run.id} title={run.error ?? ''}>
            <span class="line-main">
              <GroupLink group={run.group} />
            </span>
            <span class="muted" title={`${run.rowsWritten} rows written`}>
              {compact(run.rowsWritten)} · {milliseconds(run.durationMs)}
            </span>
            {run.status === 'completed' ? <When at={run.startedAt} now={now} /> : <RunBadge run={run} />}
          </li>
        ))}
      </ul>
    </section>
  )
}
