import { useState } from 'preact/hooks'
import type { EntityItem } from '../../../src/ui/model.js'
import { Choice, Text } from '../parts/fields.js'
import { go, href, useRoute } from '../router.js'

interface Props {
  readonly item: EntityItem
  readonly entities: readonly EntityItem[]
  readonly keys: Readonly<Record<string, string>>
}

/** Which entity, and as of when. */
export function EntityForm({ item, entities, keys }: Props) {
  const { params } = useRoute()
  const [given, setGiven] = useState({ ...keys })
  const [at, setAt] = useState(params.get('at') ?? '')
  const [knownAt, setKnownAt] = useState(params.get('knownAt') ?? '')
  const submit = (event: Event) => {
    event.preventDefault()
    go(
      href(['entities', item.name], {
        ...given,
        at: at.trim(),
        knownAt: knownAt.trim(),
        feature: params.get('feature'),
      }),
    )
  }
  return (
    <form class="filters" onSubmit={submit}>
      {entities.length > 1 && (
        <Choice
          label="Entity"
          value={item.name}
          options={entities.map(({ name }) => name)}
          choose={(name) => go(href(['entities', name]))}
        />
      )}
      {item.keys.map(({ name, type }, index) => (
        <Text
          key={name}
          label={name}
          name={name}
          value={given[`key.${name}`] ?? ''}
          placeholder={type}
          search={index === 0}
          type={(value) => setGiven({ ...given, [`key.${name}`]: value })}
        />
      ))}
      <Text label="As of" value={at} placeholder="now" type={setAt} />
      <Text label="Known at" value={knownAt} placeholder="now, or 2026-03-01T08:00:00Z" type={setKnownAt} />
      <button type="submit" class="primary">
        Look up
      </button>
    </form>
  )
}
