/** What `validate` has to say of embeddings: whether the database can keep them, and how they will be searched. */
import type { GroupSpec } from '../config/project.js'
import { mostIndexedDimensions } from '../offline/metric.js'
import { isIndexed } from '../offline/similarity-index.js'
import { hasEmbedding, type VectorState, vectorMissing } from '../offline/vector-extension.js'
import { type Finding, finding, findingOf } from './finding.js'

export function examineEmbeddings(groups: readonly GroupSpec[], state: VectorState): Finding[] {
  if (!hasEmbedding(groups)) return []
  const unindexed = groups.flatMap((group) =>
    group.features
      .filter((feature) => feature.dataType === 'embedding' && !isIndexed(feature))
      .map(({ name, dimension }) =>
        finding(
          'note',
          'SEARCH_EXACT',
          { group: group.name },
          {
            message: `A search of ${group.name}.${name} compares with every row: it has ${dimension} dimensions.`,
            why: `pgvector indexes vectors of at most ${mostIndexedDimensions}.`,
            fix: 'Shorten them, if your model allows it, where there are many rows.',
          },
        ),
      ),
  )
  return [...missing(state), ...unindexed]
}

function missing(state: VectorState): Finding[] {
  if (state === 'installed') return []
  const error = vectorMissing(state)
  if (state === 'absent') return [findingOf({}, error)]
  const { code, message, why, fix } = error
  return [
    finding(
      'warning',
      code,
      {},
      {
        message,
        why,
        fix: `\`fstore migrate\` or \`fstore build\` creates it, if your user may. Else ${lowered(fix)}`,
      },
    ),
  ]
}

function lowered(text = ''): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
