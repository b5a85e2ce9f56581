/** A config after parsing: frozen plain data, the same whether it came from TypeScript or from the cache. */
import type { DriftSpec, GroupDrift } from './drift.js'

/** The type of a key of an entity. */
export type KeyType = 'string' | 'int64' | 'uuid'
/** The type of a feature. */
export type DataType = 'int64' | 'float64' | 'string' | 'bool' | 'timestamp' | 'array' | 'embedding'
/** The type of the elements of an `array()`. */
export type ElementType = 'int64' | 'float64' | 'string' | 'bool'
/** How alike two embeddings are: by their angle, their distance, or their inner product. */
export type Metric = 'cosine' | 'l2' | 'ip'
/** How values are summed up. */
export type Aggregation = 'sum' | 'avg' | 'count' | 'max' | 'min' | 'last' | 'first'
/** Where a group is in its life, as its author says; it changes nothing that is computed. */
export type Status = 'active' | 'deprecated' | 'archived'
/** `batch`: computed by SQL, window by window; `stream`: pushed by the application; `on_demand`: computed when read. */
export type SourceType = 'batch' | 'stream' | 'on_demand'
/** How the history of a group is partitioned. */
export type PartitionBy = 'month' | 'year' | 'none'

/** How the values of a window become one. */
export type RollingFunction = 'count' | 'sum' | 'avg' | 'min' | 'max' | 'stddev' | 'first' | 'last' | 'count_distinct'

/** SQL as declared: its text, or a file relative to the config's folder that only planning and building read. */
export type SqlSource = { readonly text: string } | { readonly file: string }

export interface EntityKey {
  readonly name: string
  readonly type: KeyType
}

export interface EntitySpec {
  readonly name: string
  /** In the order they were declared: the order of the primary key. */
  readonly keys: readonly EntityKey[]
  readonly description?: string
}

/** Rules a row must keep. Bounds of an `int64({ as: 'bigint' })` and of a timestamp are strings, so that JSON keeps them. */
export interface RulesSpec {
  readonly notNull?: boolean
  readonly min?: number | string
  readonly max?: number | string
  readonly pattern?: string
  readonly allowedValues?: readonly (string | number | boolean)[]
}

/** What describes a group or a feature without changing its meaning. */
export interface Metadata {
  readonly displayName?: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly owner?: string
  readonly status: Status
}

export interface FeatureSpec extends Metadata {
  readonly name: string
  readonly dataType: DataType
  /** How a value is handed to JavaScript: `bigint` for int64, `string` for timestamp. */
  readonly as?: 'bigint' | 'string'
  /** Of an array. */
  readonly element?: ElementType
  /** Of an embedding. */
  readonly dimension?: number
  /** Of an embedding; cosine where absent. Of its index, not of its values: it is no part of a version. */
  readonly metric?: Exclude<Metric, 'cosine'>
  readonly rules: RulesSpec
  /** Seed style: this feature's own SELECT of `entity_id` (or the keys) and `value`. */
  readonly sql?: SqlSource
  readonly aggregation?: Aggregation
  /** Seconds that the value looks back on; a description, the SQL decides. */
  readonly window?: number
  /** Where it is not as the group says. */
  readonly drift?: DriftSpec
}

/** What is rolled up over the events of a window, by each of the functions. */
export interface MeasureSpec {
  readonly name: string
  /** SQL of one value of the source. Absent: the events themselves. */
  readonly expr?: string
  readonly functions: readonly RollingFunction[]
}

/** How far back, as written (it is part of a feature's name) and in seconds. */
export interface RollingWindow {
  readonly name: string
  readonly seconds: number
}

/** Events to be rolled up: its SELECT is generated. */
export interface RollingSpec {
  readonly source: SqlSource | { readonly table: string }
  /** The column of the source that says when an event was known. */
  readonly timestamp: string
  /** By key of the entity, the column of the source. */
  readonly keys: Readonly<Record<string, string>>
  readonly measures: readonly MeasureSpec[]
  readonly windows: readonly RollingWindow[]
}

/** By type of event and feature, how one changes the other: `ema(0.3)`, `function`. Schemas and functions are not here. */
export type EventSpec = Readonly<Record<string, Readonly<Record<string, string>>>>

export interface GroupSpec extends Metadata {
  readonly name: string
  readonly sourceType: Exclude<SourceType, 'on_demand'>
  readonly entity: EntitySpec
  /** In the order they were declared. */
  readonly features: readonly FeatureSpec[]
  /** Of a stream group: the number that its author raises when values come to mean something else. */
  readonly revision?: number
  /** Of a stream group that events feed; absent where rows are pushed. */
  readonly events?: EventSpec
  /** Seconds for which an event that was applied is remembered. */
  readonly remember?: number
  /** One SELECT for all features; absent when every feature has its own, and where nothing is computed. */
  readonly sql?: SqlSource
  /** In place of SQL, the events that a batch group is rolled up from. */
  readonly rolling?: RollingSpec
  /** Seconds. Absent: a value never expires. */
  readonly ttl?: number
  /** Seconds: the length of a window; 0 where nothing is computed. */
  readonly every: number
  /** Instant in ISO 8601 UTC, microseconds kept. Absent: history begins with the first build. */
  readonly start?: string
  readonly end?: string
  /** Seconds: windows this far back run again with every new one, for source rows that came late. */
  readonly lookback?: number
  /** A cron expression. */
  readonly schedule?: string
  /** Seconds. */
  readonly retention?: number
  readonly partition: PartitionBy
  readonly drift?: DriftSpec<GroupDrift>
  /** Rows that may break rules in one window before it fails. Absent: any number. */
  readonly maxRejected?: number
}

/** Features that no table holds: computed for the entities asked for, whenever they are, by a function or by SQL. */
export interface OnDemandSpec extends Metadata {
  readonly name: string
  readonly sourceType: 'on_demand'
  readonly entity: EntitySpec
  readonly features: readonly FeatureSpec[]
  /** The number that its author raises when values come to mean something else. */
  readonly version: number
  /** What its function is given, by `alias.feature`; `on` names keys of the group's own entity. */
  readonly inputs: readonly PickSpec[]
  /** What its function is given besides, by whoever asks. */
  readonly request: readonly FeatureSpec[]
  /** In place of a function: one SELECT, of the entities asked for and as of `:at`. */
  readonly sql?: SqlSource
}

/** Some features of one group, read under an alias, with the columns that hold the keys of its entity. */
export interface PickSpec {
  readonly group: string
  /** Heads the names in a vector: `<alias>.<feature>`. The group's name unless the author gave another. */
  readonly alias: string
  /** In the order they were picked. */
  readonly features: readonly string[]
  /** By key of the group's entity, the column (of a spine) or key (of a vector) that holds it. */
  readonly on: Readonly<Record<string, string>>
}

/** A named, ordered list of features: one vector for training and serving. */
export interface ServiceSpec {
  readonly name: string
  readonly description?: string
  readonly picks: readonly PickSpec[]
}

export interface SplitSpec {
  readonly by: 'time' | 'entity'
  /** Shares that add up to 1. */
  readonly train: number
  readonly validation: number
  readonly test: number
}

/** What a model is trained on: a service's vector for each row of a spine, with its labels. */
export interface DatasetSpec {
  readonly name: string
  readonly description?: string
  readonly service: string
  /** A SELECT of the join keys, `event_timestamp` and the labels. */
  readonly spine: SqlSource
  /** Labels: columns of the spine, typed like features. */
  readonly labels: readonly FeatureSpec[]
  readonly split?: SplitSpec
  /** Rows; all when absent. */
  readonly sample?: number
  /** A label whose proportions the sample keeps. */
  readonly stratify?: string
  /** Of sampling and of the split by entity; 0 when absent. */
  readonly seed: number
  readonly fineTuning?: FineTuningSpec
}

/** Templates of a chat example: `{{alias.feature}}` and `{{label}}` are filled in. */
export interface FineTuningSpec {
  readonly system?: string
  readonly user?: string
  readonly assistant?: string
}

/** Connection settings; each may hold an unresolved `env()` placeholder. */
export interface ProfileSpec {
  readonly database?: string
  /** A direct connection for migrate and build where `database` goes through a pooler. */
  readonly directUrl?: string
  readonly redis?: string
  readonly tenant?: string
}

export interface Project {
  readonly name: string
  /** The first of the three schemas: `<schema>`, `<schema>_offline`, `<schema>_online`. */
  readonly schema: string
  /** Those that keep rows. */
  readonly groups: readonly GroupSpec[]
  /** Those that are computed when they are read, each after those it reads; their functions are not here. */
  readonly onDemand: readonly OnDemandSpec[]
  readonly services: readonly ServiceSpec[]
  readonly datasets: readonly DatasetSpec[]
  readonly profiles: Readonly<Record<string, ProfileSpec>>
}
