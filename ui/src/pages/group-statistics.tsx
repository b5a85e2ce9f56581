import { useState } from 'preact/hooks'
import type { FeatureStatistics, GroupStatistics } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { count, instant, plural } from '../format.js'
import { Text } from '../parts/fields.js'
import { Answered, Empty } from '../parts/notice.js'
import { Reveal } from '../parts/reveal.js'
import { useAddress } from '../tenant.js'
import { Drift } from './group-drift.js'
import { Distribution } from './statistics-distribution.js'
import { Series } from './statistics-series.js'

export function Statistics({ name }: { name: string }) {
  const [isRevealed, reveal] = useState(false)
  const [query, setQuery] = useState('')
  const params = { runs: '50', reveal: isRevealed ? '1' : null }
  const answer = useAnswer<GroupStatistics>(useAddress(`groups/${encodeURIComponent(name)}/statistics`, params))
  return (
    <Answered answer={answer} lines={16}>
      {(statistics) =>
        statistics.runs.length === 0 ? (
          <Empty title="No statistics yet" command="npx fstore build">
            They are taken when windows run.
          </Empty>
        ) : (
          <>
            <div class="filters">
              {statistics.features.length > 6 && (
                <Text label="Feature" value={query} placeholder="part of a name" search type={setQuery} />
              )}
              <p class="muted grow">{told(statistics)}</p>
              <Reveal isRevealed={isRevealed} reveal={reveal} />
            </div>
            <Drift drift={statistics.drift} />
            <div class={statistics.runs.length < 2 ? 'charts' : ''}>
              {statistics.features
                .filter(({ feature }) => feature.includes(query.trim().toLowerCase()))
                .map((feature) => (
                  <Feature key={feature.feature} feature={feature} statistics={statistics} />
                ))}
            </div>
          </>
        )
      }
    </Answered>
  )
}

function told({ source, runs, version }: GroupStatistics): string {
  const last = runs.at(-1)
  const seen = last && (last.sampleRows < last.rows ? `a sample of ${count(last.sampleRows)} of ` : '')
  const rows = last && `${seen}${plural(last.rows, 'row')}`
  if (source === 'latest') return `Version ${version}: the newest row of each entity, ${rows}`
  return `Version ${version}: ${plural(runs.length, 'run')}, the last of ${last && instant(last.computedAt).slice(0, 16)} over ${rows}`
}

function Feature({ feature, statistics }: { feature: FeatureStatistics; statistics: GroupStatistics }) {
  const { newest } = feature
  return (
    <section class="feature" aria-label={feature.feature}>
      <h3>
        <span class="name">{feature.feature}</span> <code>{feature.dataType}</code>
        {newest && (
          <span class="muted">
            {plural(newest.rows, 'row')}
            {newest.distinct !== null && `, ${count(newest.distinct)} distinct`}
            {newest.nulls > 0 && `, ${count(newest.nulls)} null`}
            {newest.nan > 0 && `, ${count(newest.nan)} NaN`}
            {newest.infinite > 0 && `, ${count(newest.infinite)} infinite`}
          </span>
        )}
      </h3>
      {newest === null ? (
        <p class="muted">No rows yet</p>
      ) : (
        <div class="charts">
          <Distribution feature={feature.feature} summary={newest} isMasked={statistics.masked} />
          <Series feature={feature} runs={statistics.runs} />
        </div>
      )}
    </section>
  )
}
