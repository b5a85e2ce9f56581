import type { Overview, RedisState } from '../../../src/ui/model.js'
import { plural, span } from '../format.js'
import { Badge, type Tone } from '../parts/words.js'

export function StoresCard({ overview: { database, redis, migrations, tenant } }: { overview: Overview }) {
  return (
    <section class="card" aria-label="Stores">
      <h2>Stores</h2>
      <dl class="facts">
        <dt>{database.kind === 'pglite' ? 'PGlite' : 'PostgreSQL'}</dt>
        <dd>
          {database.version} <span class="muted">{database.place}</span>
        </dd>
        <dt>Schema</dt>
        <dd>
          {migrations.pending.length === 0 ? (
            <span>up to date</span>
          ) : (
            <Badge tone="wait" title={migrations.pending.join('\n')}>
              {plural(migrations.pending.length, 'migration')} pending
            </Badge>
          )}
        </dd>
        <dt>Redis</dt>
        <dd>{redis === null ? <span class="muted">none configured</span> : <Lag redis={redis} />}</dd>
        <dt>Tenant</dt>
        <dd>{tenant}</dd>
      </dl>
    </section>
  )
}

function Lag({ redis: { reachable, why, lagSeconds, unsent } }: { redis: RedisState }) {
  if (!reachable)
    return (
      <Badge tone="bad" title={why ?? ''}>
        out of reach
      </Badge>
    )
  const [tone, text] = lag(lagSeconds)
  return (
    <>
      <Badge tone={tone}>{text}</Badge>
      {unsent.length > 0 && (
        <span class="muted" title={unsent.join(', ')}>
          {' '}
          {plural(unsent.length, 'group')} never sent
        </span>
      )}
    </>
  )
}

function lag(seconds: number | null): readonly [Tone, string] {
  if (seconds === null) return ['none', 'lag not known']
  if (seconds === 0) return ['good', 'has everything']
  return [seconds > 60 ? 'bad' : 'wait', `${span(seconds)} behind`]
}
