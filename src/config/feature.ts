import type { DriftSpec } from './drift.js'
import type { Duration } from './duration.js'
import { mark } from './marker.js'
import type { Aggregation, DataType, ElementType, Metric, Status } from './project.js'
import type { Sql } from './sql.js'

declare const valueType: unique symbol

/** A feature whose values are `V` in JavaScript. Every value may also be null. */
export interface Feature<V = unknown> {
  readonly dataType: DataType
  readonly [valueType]?: V
}

/** The type of a feature's values: `Value<Feature<number>>` is `number`. */
export type Value<F> = F extends Feature<infer V> ? V : never

/** What describes a group or a feature without changing its meaning. */
export interface MetadataOptions {
  readonly displayName?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly owner?: string
  /** `active` where it is not given. */
  readonly status?: Status
}

export interface FeatureMetadata extends MetadataOptions {
  /** This feature's own SELECT of `entity_id` (or the entity's keys) and `value`; then its group has no `sql`. */
  readonly sql?: Sql
  /** How the value sums up its window: a description, the SQL decides. */
  readonly aggregation?: Aggregation
  /** How far the value looks back: a description, the SQL decides. */
  readonly window?: Duration
  /** When `fstore drift` reports that values have moved, where it is not as the group says; `false` is never. */
  readonly drift?: DriftSpec
}

/** What a row must keep. One that does not goes to the rejected rows with every reason. */
export interface Rules<V = unknown> {
  readonly notNull?: boolean
  /** The smallest value allowed. */
  readonly min?: V
  /** The largest value allowed. */
  readonly max?: V
  /** A POSIX regular expression, as Postgres' `~` takes it. */
  readonly pattern?: string
  readonly allowedValues?: readonly V[]
}

/** Rules and descriptions of an `int64()`, `float64()` or `timestamp()`. */
export type NumberOptions<V> = FeatureMetadata & Omit<Rules<V>, 'pattern'>
/** Rules and descriptions of a `string()`. */
export type StringOptions<S> = FeatureMetadata & Pick<Rules<S>, 'notNull' | 'pattern' | 'allowedValues'>
/** Rules and descriptions of a `bool()`. */
export type BoolOptions = FeatureMetadata & Pick<Rules<boolean>, 'notNull' | 'allowedValues'>
/** Descriptions of a feature, and whether it may be null. */
export type PlainOptions = FeatureMetadata & Pick<Rules, 'notNull'>

/** How an `embedding()` is compared with others, and its descriptions. */
export type EmbeddingOptions = PlainOptions & {
  /** How alike two of them are: `cosine` (the angle between them), `l2` (their distance) or `ip` (their inner product). */
  readonly metric?: Metric
}

/** Bounds with a time zone, as text (`2026-03-01T08:00:00Z`; a date alone is midnight UTC) or as a Date. */
type TimestampOptions = FeatureMetadata & Pick<Rules<string | Date>, 'notNull' | 'min' | 'max'>

interface Elements {
  int64: number
  float64: number
  string: string
  bool: boolean
}

/** A whole number (`bigint` in Postgres). Beyond 2^53 a row is rejected, unless it is read `as: 'bigint'`. */
export function int64(options: NumberOptions<bigint> & { readonly as: 'bigint' }): Feature<bigint>
export function int64(options?: NumberOptions<number> & { readonly as?: never }): Feature<number>
export function int64(options: object = {}): Feature<any> {
  return feature('int64', options)
}

/** A number (`double precision`). NaN and the infinities survive. */
export function float64(options: NumberOptions<number> = {}): Feature<number> {
  return feature('float64', options)
}

/** Text. `allowedValues`, or `string<'a' | 'b'>()`, narrows the type of its values. */
// NoInfer: S would else be inferred from where the feature stands, in a record of Feature<any>, and so be any.
export function string<const S extends string = string>(options: StringOptions<S> = {}): Feature<NoInfer<S>> {
  return feature('string', options)
}

/** True or false; a boolean. */
export function bool(options: BoolOptions = {}): Feature<boolean> {
  return feature('bool', options)
}

/** An instant (`timestamptz`): a Date, or with `as: 'string'` UTC text that keeps microseconds. */
export function timestamp(options: TimestampOptions & { readonly as: 'string' }): Feature<string>
export function timestamp(options?: TimestampOptions & { readonly as?: never }): Feature<Date>
export function timestamp(options: object = {}): Feature<any> {
  return feature('timestamp', options)
}

/** A list of numbers, texts or booleans, any of which may be null. */
export function array<const T extends ElementType = 'float64'>(
  element?: T,
  options: PlainOptions = {},
): Feature<(Elements[T] | null)[]> {
  return feature('array', { ...options, element: element ?? 'float64' })
}

/** A vector of so many dimensions (1 to 16,000), kept by pgvector, with an index up to 2,000. */
export function embedding(dimension: number, options: EmbeddingOptions = {}): Feature<Float32Array> {
  return feature('embedding', { ...options, dimension })
}

function feature<V>(dataType: DataType, options: object): Feature<V> {
  return mark('feature', { ...options, dataType })
}
