import { useWindow } from '../parts/window.js'
import { Marked, StatusBadge, sourceTypeText, Tags } from '../parts/words.js'
import { href } from '../router.js'
import type { FoundFeature } from './catalogue-search.js'

/** As the style has it. */
const height = 33

interface Props {
  readonly features: readonly FoundFeature[]
  readonly words: readonly string[]
}

export function FeatureTable({ features, words }: Props) {
  const { place, from, to, above, below } = useWindow(features.length, height)
  if (features.length === 0) return null
  const hasTags = features.some(({ group, feature }) => group.tags.length + feature.tags.length > 0)
  const hasOwners = features.some(({ group, feature }) => (feature.owner ?? group.owner) !== null)
  return (
    <div class="table fixed">
      <table aria-rowcount={features.length + 1}>
        <caption class="unseen">Features</caption>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="main">
              Feature
            </th>
            <th scope="col" class="w-type">
              Type
            </th>
            <th scope="col" class="minor">
              Description
            </th>
            <th scope="col" class="minor w-entity">
              Entity
            </th>
            <th scope="col" class="minor w-source">
              Source
            </th>
            {hasTags && (
              <th scope="col" class="minor w-tags">
                Tags
              </th>
            )}
            {hasOwners && (
              <th scope="col" class="minor w-owner">
                Owner
              </th>
            )}
          </tr>
        </thead>
        <tbody ref={place}>
          {above > 0 && <Space height={above} />}
          {features.slice(from, to).map((found, index) => (
            <FeatureRow
              key={`${found.group.name}.${found.feature.name}`}
              found={found}
              words={words}
              index={from + index + 2}
              hasTags={hasTags}
              hasOwners={hasOwners}
            />
          ))}
          {below > 0 && <Space height={below} />}
        </tbody>
      </table>
    </div>
  )
}

interface RowProps {
  readonly found: FoundFeature
  readonly words: readonly string[]
  /** Of the row among all, from 1. */
  readonly index: number
  readonly hasTags: boolean
  readonly hasOwners: boolean
}

function FeatureRow({ found: { group, feature }, words, index, hasTags, hasOwners }: RowProps) {
  const tags = [...feature.tags, ...group.tags]
  return (
    <tr aria-rowindex={index}>
      <td class="main">
        <a class="name" href={href(['groups', group.name], { feature: feature.name })} data-row>
          <span class="of">
            <Marked text={group.name} words={words} />.
          </span>
          <Marked text={feature.name} words={words} />
        </a>{' '}
        <StatusBadge status={feature.status === 'active' ? group.status : feature.status} />
      </td>
      <td>
        <code>{feature.type}</code>
      </td>
      <td class="minor muted" title={feature.description ?? ''}>
        <Marked text={feature.description ?? ''} words={words} />
      </td>
      <td class="minor">{group.entity}</td>
      <td class="minor">{sourceTypeText(group.sourceType)}</td>
      {hasTags && (
        <td class="minor">
          <Tags tags={tags} />
        </td>
      )}
      {hasOwners && <td class="minor muted">{feature.owner ?? group.owner}</td>}
    </tr>
  )
}

/** In place of rows that are out of sight; of one cell, since a wider one would make columns where some are hidden. */
function Space({ height }: { height: number }) {
  return (
    <tr class="space">
      <td style={{ height: `${height}px` }} />
    </tr>
  )
}
