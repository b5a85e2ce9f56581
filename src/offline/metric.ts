/** The ways to compare embeddings, in pgvector's terms and as a similarity: the larger, the more alike. */
import type { Metric } from '../config/project.js'

interface Comparison {
  /** Of the distance: the smaller, the more alike. */
  readonly operator: string
  /** Of an HNSW index over a `vector`. */
  readonly operatorClass: string
  readonly similarity: (distance: number) => number
}

export const comparisons: Readonly<Record<Metric, Comparison>> = {
  /** From -1, opposite, to 1, of one direction. */
  cosine: { operator: '<=>', operatorClass: 'vector_cosine_ops', similarity: (distance) => 1 - distance },
  /** From 0, infinitely far, to 1, equal. */
  l2: { operator: '<->', operatorClass: 'vector_l2_ops', similarity: (distance) => 1 / (1 + distance) },
  /** The inner product itself, which pgvector negates. */
  ip: { operator: '<#>', operatorClass: 'vector_ip_ops', similarity: (distance) => 0 - distance },
}

/** pgvector's limit; a vector that has more can only be compared with every other. */
export const mostIndexedDimensions = 2_000
