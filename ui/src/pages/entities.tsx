/** One entity: all that is known of it, now or at an instant. */

import { useState } from 'preact/hooks'
import type { Catalogue, EntityItem, EntityPage } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { plural } from '../format.js'
import { Answered, Empty } from '../parts/notice.js'
import { Page } from '../parts/page.js'
import { Reveal } from '../parts/reveal.js'
import { adjust, useRoute } from '../router.js'
import { useAddress } from '../tenant.js'
import { EntityForm } from './entity-form.js'
import { History } from './entity-history.js'
import { EntityValues } from './entity-values.js'

export function EntitiesPage({ entity }: { entity: string | null }) {
  const answer = useAnswer<Catalogue>(useAddress('catalogue'))
  return (
    <Page title={entity === null ? 'Entities' : `Entity ${entity}`}>
      <Answered answer={answer} lines={10}>
        {({ entities }) => {
          const item = entities.find(({ name }) => name === entity) ?? (entity === null ? entities[0] : undefined)
          if (entities.length === 0) return <Empty title="The config has no entities" />
          if (item === undefined) return <Empty title={`There is no entity ${entity}`} />
          return <LookUp key={item.name} item={item} entities={entities} />
        }}
      </Answered>
    </Page>
  )
}

function LookUp({ item, entities }: { item: EntityItem; entities: readonly EntityItem[] }) {
  const { params } = useRoute()
  const given = item.keys.map(({ name }) => [`key.${name}`, params.get(`key.${name}`) ?? ''] as const)
  const keys = Object.fromEntries(given)
  const isWhole = given.every(([, value]) => value !== '')
  return (
    <>
      <EntityForm key={JSON.stringify(keys)} item={item} entities={entities} keys={keys} />
      {isWhole ? (
        <Found key={JSON.stringify(keys)} entity={item.name} keys={keys} />
      ) : (
        <Empty title={`Which ${item.name}?`}>
          Its {item.keys.map(({ name }) => name).join(' and ')} {item.keys.length === 1 ? 'says' : 'say'} which.
          {item.description && ` ${item.description}.`}
        </Empty>
      )}
    </>
  )
}

function Found({ entity, keys }: { entity: string; keys: Readonly<Record<string, string>> }) {
  const { params } = useRoute()
  const [isRevealed, reveal] = useState(false)
  const at = params.get('at')
  const knownAt = params.get('knownAt')
  const shared = { ...keys, knownAt, reveal: isRevealed ? '1' : null }
  const answer = useAnswer<EntityPage>(useAddress(`entities/${encodeURIComponent(entity)}`, { ...shared, at }))
  const feature = params.get('feature')
  return (
    <Answered answer={answer} lines={12}>
      {(page) => (
        <>
          <div class="filters">
            <p class="muted grow">{told(page)}</p>
            <Reveal isRevealed={isRevealed} reveal={reveal} />
          </div>
          {feature !== null && (
            <History entity={entity} feature={feature} params={shared} close={() => adjust({ feature: null })} />
          )}
          <EntityValues page={page} chosen={feature} />
        </>
      )}
    </Answered>
  )
}

function told({ groups, at, knownAt }: EntityPage): string {
  const all = groups.flatMap(({ features }) => features)
  const present = all.filter(({ status }) => status === 'PRESENT').length
  const when = knownAt ? `as it was known at ${knownAt}` : at ? `as of ${at}` : 'now'
  return `${present} of ${plural(all.length, 'feature')} present, ${when}`
}
