import type { ComponentChildren } from 'preact'
import type { DatasetItem, ServiceItem } from '../../../src/ui/model.js'
import { plural } from '../format.js'
import { Marked } from '../parts/words.js'
import { href } from '../router.js'

interface ItemProps {
  readonly name: string
  readonly description: string | null | undefined
  readonly beside: string
  readonly words: readonly string[]
  readonly children: ComponentChildren
}

/** A line that opens. */
function Item({ name, description, beside, words, children }: ItemProps) {
  return (
    <details class="item">
      <summary data-row>
        <span class="name">
          <Marked text={name} words={words} />
        </span>
        <span class="muted">{description}</span>
        <span class="beside">{beside}</span>
      </summary>
      {children}
    </details>
  )
}

interface ServicesProps {
  readonly services: readonly ServiceItem[]
  readonly words: readonly string[]
}

export function ServiceList({ services, words }: ServicesProps) {
  return (
    <>
      {services.map(({ name, description, keys, features }) => (
        <Item key={name} {...{ name, description, words }} beside={plural(features.length, 'feature')}>
          <p class="muted">
            Asked by {keys.map((key) => key.name).join(', ')} ·{' '}
            <a href={href(['lineage'], { node: `service:${name}` })}>lineage</a>
          </p>
          <ol class="vector">
            {features.map(({ alias, group, feature }) => (
              <li key={`${alias}.${feature}`}>
                <a href={href(['groups', group], { feature })}>
                  {alias}.{feature}
                </a>
                {alias !== group && <span class="muted"> of {group}</span>}
              </li>
            ))}
          </ol>
        </Item>
      ))}
    </>
  )
}

interface DatasetsProps {
  readonly datasets: readonly DatasetItem[]
  readonly words: readonly string[]
}

export function DatasetList({ datasets, words }: DatasetsProps) {
  return (
    <>
      {datasets.map(({ name, description, service, labels }) => (
        <Item key={name} {...{ name, description, words }} beside={service}>
          <p class="muted">
            Features of the service <a href={href(['catalogue'], { show: 'services', q: service })}>{service}</a>,
            labels {labels.join(', ') || 'none'} · <a href={href(['lineage'], { node: `dataset:${name}` })}>lineage</a>
          </p>
          <code class="command">npx fstore export-training {name}</code>
        </Item>
      ))}
    </>
  )
}
