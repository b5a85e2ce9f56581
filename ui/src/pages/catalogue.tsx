/** Everything that is declared, to be found by what is known of it. */

import { useMemo } from 'preact/hooks'
import type { Catalogue } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { Choice, Tabs, Text } from '../parts/fields.js'
import { Answered, Empty } from '../parts/notice.js'
import { Page } from '../parts/page.js'
import { adjust, href, useRoute } from '../router.js'
import { useAddress } from '../tenant.js'
import { FeatureTable } from './catalogue-features.js'
import { GroupTable } from './catalogue-groups.js'
import { DatasetList, ServiceList } from './catalogue-others.js'
import { choices, type Facet, facets, itemsOf, matching, wordsOf } from './catalogue-search.js'

export function CataloguePage() {
  const answer = useAnswer<Catalogue>(useAddress('catalogue'))
  return (
    <Page title="Catalogue" wide>
      <Answered answer={answer} lines={20}>
        {(catalogue) => <Found catalogue={catalogue} />}
      </Answered>
    </Page>
  )
}

function Found({ catalogue }: { catalogue: Catalogue }) {
  const { params } = useRoute()
  const shown = params.get('show') ?? 'features'
  const query = params.get('q') ?? ''
  const items = useMemo(() => itemsOf(catalogue), [catalogue])
  const chosen = Object.fromEntries(facets.map((facet) => [facet, params.get(facet) ?? ''])) as Record<Facet, string>
  const key = JSON.stringify([query, chosen])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` is the query and what is chosen.
  const found = useMemo(() => matching(items, query, chosen), [items, key])
  const options = useMemo(() => choices(items), [items])
  const words = wordsOf(query).filter((word) => !word.includes(':'))
  const tabs = [
    { id: 'features', title: 'Features', count: found.features.length },
    { id: 'groups', title: 'Groups', count: found.groups.length },
    { id: 'services', title: 'Services', count: found.services.length },
    { id: 'datasets', title: 'Datasets', count: found.datasets.length },
  ]
  const address = (id: string) => href(['catalogue'], { ...Object.fromEntries(params), show: id, find: null })
  return (
    <>
      <search class="filters">
        <Text
          label="Search"
          value={query}
          placeholder="name, words, tag:…, owner:…"
          search
          focused={params.get('find') !== null}
          type={(q) => adjust({ q, find: null })}
        />
        {facets.map(
          (facet) =>
            options[facet].length > 1 && (
              <Choice
                key={facet}
                label={labels[facet]}
                none="any"
                value={chosen[facet]}
                options={options[facet]}
                choose={(value) => adjust({ [facet]: value }, { step: true })}
              />
            ),
        )}
        {(query !== '' || facets.some((facet) => chosen[facet] !== '')) && (
          <button
            type="button"
            class="clear"
            onClick={() => adjust({ q: null, ...Object.fromEntries(facets.map((facet) => [facet, null])) })}
          >
            Clear
          </button>
        )}
      </search>
      <Tabs label="What to list" tabs={tabs} current={shown} href={address} />
      <p class="unseen" role="status">
        {tabs.map(({ title, count }) => `${count} ${title.toLowerCase()}`).join(', ')}
      </p>
      {tabs.find(({ id }) => id === shown)?.count === 0 && <Nothing catalogue={catalogue} shown={shown} />}
      {shown === 'features' && <FeatureTable features={found.features} words={words} />}
      {shown === 'groups' && <GroupTable groups={found.groups} words={words} />}
      {shown === 'services' && <ServiceList services={found.services} words={words} />}
      {shown === 'datasets' && <DatasetList datasets={found.datasets} words={words} />}
    </>
  )
}

const labels: { readonly [F in Facet]: string } = {
  entity: 'Entity',
  source: 'Source',
  type: 'Type',
  tag: 'Tag',
  owner: 'Owner',
  status: 'Status',
}

function Nothing({ catalogue, shown }: { catalogue: Catalogue; shown: string }) {
  const all = { features: catalogue.groups, services: catalogue.services, datasets: catalogue.datasets }
  const hasAny = (all[shown as keyof typeof all] ?? catalogue.groups).length > 0
  return hasAny ? (
    <Empty title="Nothing is called so">Fewer words or filters find more.</Empty>
  ) : (
    <Empty title={`The config declares no ${shown}`} />
  )
}
