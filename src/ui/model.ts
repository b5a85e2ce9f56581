/**
 * What the page of `fstore ui` is given: the JSON of every answer under `/ui/api/`. Types alone, which import nothing,
 * so that the page takes them without anything of the server.
 *
 * Every address takes `tenant=`, the server's own when absent. An answer that is not 200 is an `ErrorAnswer`; 423 means
 * that another process has the embedded database for now (ask again in a second), 401 that the token is wanted.
 */

/** ISO 8601, UTC, with up to six digits of a second: `2026-03-01T08:00:00Z`, `2026-03-01T08:00:00.123456Z`. */
export type Instant = string

/** `[start, end)`. */
export type SpanOf = readonly [Instant, Instant]

/** What a cell may hold. Integers beyond 2^53, NaN and the infinities are text; null also where it is masked. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value }

export type DataType = 'int64' | 'float64' | 'string' | 'bool' | 'timestamp' | 'array' | 'embedding'
export type SourceType = 'batch' | 'stream' | 'on_demand'
export type Status = 'active' | 'deprecated' | 'archived'
/** `due`: windows have not run; `overdue`: nor did the schedule see to it; `complete`: up to the group's end. */
export type Freshness = 'fresh' | 'complete' | 'due' | 'overdue' | 'expired' | 'not built'
/** `memory`: this server's own cache; `latest`: the latest tables in Postgres. */
export type Tier = 'memory' | 'redis' | 'latest' | 'history' | 'on_demand'
export type ValueStatus = 'PRESENT' | 'NULL_VALUE' | 'NOT_FOUND' | 'EXPIRED'

export interface ErrorAnswer {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly why?: string
    readonly fix?: string
    readonly problems?: readonly { readonly path: string; readonly message: string }[]
  }
}

/** `GET overview`: how everything stands. */
export interface Overview {
  readonly project: string
  /** Of fstore. */
  readonly version: string
  readonly tenant: string
  /** Those that can be switched to, the server's own among them. */
  readonly tenants: readonly TenantItem[]
  /** The database's clock. */
  readonly now: Instant
  readonly database: {
    readonly kind: 'pglite' | 'postgres'
    readonly version: string
    /** `host:port/database`, or `embedded, in .fstore`; never a secret. */
    readonly place: string
  }
  /** Null where none is configured. */
  readonly redis: RedisState | null
  readonly migrations: { readonly applied: number; readonly pending: readonly string[] }
  /** What needs a person first: expired, overdue, due, not built, then the rest; by name within each. */
  readonly groups: readonly OverviewGroup[]
  /** Groups that no table holds. */
  readonly onDemand: readonly string[]
  /** The last ten, newest first. */
  readonly runs: readonly JobRun[]
  /** Why it is not known which windows are due; null where it is. */
  readonly problem: string | null
}

export interface TenantItem {
  readonly tenant: string
  readonly displayName: string | null
  readonly status: 'active' | 'suspended'
}

export interface RedisState {
  readonly reachable: boolean
  /** Why it is not. */
  readonly why: string | null
  /** Seconds since the oldest write that Redis has not got; 0 where it has all; null where that is not known. */
  readonly lagSeconds: number | null
  /** Groups that were never sent whole. */
  readonly unsent: readonly string[]
}

export interface OverviewGroup {
  readonly group: string
  readonly entity: string
  readonly sourceType: Exclude<SourceType, 'on_demand'>
  readonly owner: string | null
  readonly status: Status
  readonly features: number
  readonly liveVersion: number | null
  /** Rows of the latest table; null where nothing is live. */
  readonly entities: number | null
  /** Both `entities` and `newest` are from a sample of a table that is too large to be counted for a glance. */
  readonly estimated: boolean
  /** The newest event timestamp. */
  readonly newest: Instant | null
  readonly ageSeconds: number | null
  readonly ttlSeconds: number | null
  readonly coveredUntil: Instant | null
  /** A cron expression, UTC. */
  readonly schedule: string | null
  readonly nextTick: Instant | null
  readonly scheduledRun: ScheduledRun | null
  readonly freshness: Freshness
  /** Windows that a build would run now; null where that is not known. */
  readonly due: number | null
  /** Of this group, the newest. */
  readonly lastRun: JobRun | null
}

/** The last time that a scheduler saw to a group. */
export interface ScheduledRun {
  readonly tick: Instant
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled'
  readonly dead: boolean
  readonly error: string | null
}

/** A job: windows of one group that ran together. */
export interface JobRun {
  readonly id: number
  readonly group: string
  readonly version: number
  /** `full`: windows named; `incremental`: those that were due. */
  readonly type: 'full' | 'incremental'
  readonly start: Instant
  readonly end: Instant
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled'
  /** It says `running`, and its process is gone. */
  readonly dead: boolean
  readonly windowsTotal: number
  readonly windowsDone: number
  /** 0 to 1. */
  readonly progress: number
  readonly rowsProcessed: number
  readonly rowsWritten: number
  readonly rowsSuperseded: number
  readonly rowsRejected: number
  readonly error: string | null
  readonly startedAt: Instant
  readonly completedAt: Instant | null
  /** Until now for one that runs. */
  readonly durationMs: number
}

/** `GET plan`: what a build would do; may take seconds. */
export interface PlanAnswer {
  readonly tenant: string
  readonly now: Instant
  /** Something would be done. */
  readonly changes: boolean
  readonly migrations: readonly string[]
  readonly groups: readonly PlannedGroup[]
}

export interface PlannedGroup {
  readonly group: string
  readonly kind: 'added' | 'changed' | 'affected' | 'restored' | 'described' | 'due' | 'removed'
  readonly impact: string | null
  readonly reasons: readonly string[]
  readonly version: number | null
  readonly liveVersion: number | null
  readonly promoted: boolean
  /** Tenants that a promotion waits for. */
  readonly waitsFor: readonly string[]
  readonly change: Change
  readonly backfill: {
    readonly start: Instant
    readonly end: Instant
    readonly windows: number
    /** About; null where nothing tells. */
    readonly rows: number | null
  } | null
}

export interface Change {
  readonly features: readonly {
    readonly feature: string
    /** Type and rules in words; null where the feature is not there. */
    readonly before: string | null
    readonly after: string | null
  }[]
  readonly sql: readonly {
    /** Whose SELECT; null for the group's own. */
    readonly feature: string | null
    /** `- gone`, `+ new`, `  kept`. */
    readonly lines: readonly string[]
  }[]
}

/** `GET catalogue`: everything that is declared, to be searched by the page. */
export interface Catalogue {
  readonly project: string
  readonly tenant: string
  readonly entities: readonly EntityItem[]
  /** On-demand groups, too. */
  readonly groups: readonly CatalogueGroup[]
  readonly services: readonly ServiceItem[]
  readonly datasets: readonly DatasetItem[]
}

export interface EntityItem {
  readonly name: string
  readonly description: string | null
  /** In the order of the primary key. */
  readonly keys: readonly KeyItem[]
}

export interface KeyItem {
  readonly name: string
  readonly type: 'string' | 'int64' | 'uuid'
}

interface Described {
  readonly displayName: string | null
  readonly description: string | null
  readonly tags: readonly string[]
  readonly owner: string | null
  readonly status: Status
}

export interface CatalogueGroup extends Described {
  readonly name: string
  readonly entity: string
  readonly sourceType: SourceType
  /** That readers see; of an on-demand group the declared one. */
  readonly version: number | null
  readonly ttlSeconds: number | null
  readonly schedule: string | null
  readonly features: readonly FeatureItem[]
}

export interface FeatureItem extends Described {
  readonly name: string
  readonly dataType: DataType
  /** In words, such as `array of string` or `embedding(384)`. */
  readonly type: string
  readonly aggregation: string | null
  readonly windowSeconds: number | null
  /** In words, such as `not null`, `min 0`. */
  readonly rules: readonly string[]
}

export interface ServiceItem {
  readonly name: string
  readonly description: string | null
  readonly keys: readonly KeyItem[]
  /** In the order of the vector. */
  readonly features: readonly {
    readonly alias: string
    readonly group: string
    readonly feature: string
  }[]
}

export interface DatasetItem {
  readonly name: string
  readonly description: string | null
  readonly service: string
  readonly labels: readonly string[]
}

/** `GET groups/:name`. */
export interface GroupPage extends Described {
  readonly name: string
  readonly tenant: string
  readonly entity: string
  readonly keys: readonly KeyItem[]
  readonly sourceType: SourceType
  readonly liveVersion: number | null
  readonly ttlSeconds: number | null
  /** Length of a window. */
  readonly everySeconds: number | null
  readonly start: Instant | null
  readonly end: Instant | null
  readonly schedule: string | null
  readonly retentionSeconds: number | null
  readonly partition: 'month' | 'year' | 'none' | null
  /** As the config says it now. */
  readonly features: readonly FeatureItem[]
  /** As the config says it now; empty where nothing is computed by SQL. */
  readonly sql: readonly SqlText[]
  /** Of a group that events feed: by type of event, how each feature is reduced. */
  readonly events: { readonly [event: string]: { readonly [feature: string]: string } } | null
  /** Of an on-demand group: `group.feature` and what the request gives. */
  readonly inputs: readonly string[]
  readonly request: readonly string[]
  /** Newest first; none of an on-demand group. */
  readonly versions: readonly VersionPage[]
  /** What the config says against what is live; null where they mean the same, or nothing is live. */
  readonly pending: Change | null
  /** Why the config's SQL could not be read; null where it was. */
  readonly problem: string | null
  readonly upstream: Neighbours
  readonly downstream: Neighbours
  readonly counts: Counts | null
}

export interface SqlText {
  /** Whose SELECT; null for the group's own. */
  readonly feature: string | null
  readonly text: string
}

export interface VersionPage {
  readonly version: number
  readonly fingerprint: string
  readonly live: boolean
  readonly changeSummary: string
  readonly createdAt: Instant
  readonly promotedAt: Instant | null
  /** Its table is still there. */
  readonly stored: boolean
  /** Spans that have run for the tenant. */
  readonly covered: readonly SpanOf[]
  readonly everySeconds: number
  readonly features: readonly { readonly name: string; readonly type: string; readonly rules: readonly string[] }[]
  readonly sql: readonly SqlText[]
  /** Against the version before it; null of the first. */
  readonly change: Change | null
}

export interface Neighbours {
  /** Tables, by name. */
  readonly sources: readonly string[]
  /** On-demand groups, too. */
  readonly groups: readonly string[]
  readonly services: readonly string[]
  readonly datasets: readonly string[]
}

/** Of the live version, for the tenant. */
export interface Counts {
  /** Current rows, and those that were corrected or retracted; null where counting took too long. */
  readonly historyRows: number | null
  readonly supersededRows: number | null
  /** Entities that the history has a current row of. */
  readonly historyEntities: number | null
  /** Rows of the latest table. */
  readonly latestRows: number | null
  /** Null where there is no Redis, or it cannot be reached: of so many latest rows looked at, so many are there. */
  readonly redis: { readonly looked: number; readonly found: number } | null
}

/** `GET groups/:name/statistics?runs=50&reveal=1`: what the values look like. */
export interface GroupStatistics {
  readonly group: string
  readonly tenant: string
  readonly version: number
  /** `latest`: the newest row of each entity, looked at just now: one run. */
  readonly source: 'runs' | 'latest'
  /** Texts that occur as values are masked. */
  readonly masked: boolean
  /** Oldest first. */
  readonly runs: readonly StatisticsRun[]
  readonly features: readonly FeatureStatistics[]
  readonly drift: GroupDrift | null
}

export interface StatisticsRun {
  readonly computedAt: Instant
  readonly jobId: number | null
  /** The event timestamps looked at; null for the latest rows. */
  readonly start: Instant | null
  readonly end: Instant | null
  readonly rows: number
  /** Fewer than `rows` where they were sampled. */
  readonly sampleRows: number
  readonly baseline: boolean
}

export interface FeatureStatistics {
  readonly feature: string
  readonly dataType: DataType
  /** Of the newest run with rows; null where there is none. */
  readonly newest: ValueSummary | null
  /** One for each of `runs`; null where the run had none of it. */
  readonly series: readonly (SeriesPoint | null)[]
}

/** An integer beyond 2^53, and an instant, is text. Null where it is masked or there is none. */
export type StatisticValue = number | string | null

export interface SeriesPoint {
  readonly rows: number
  /** Of nulls, NaN and infinities, 0 to 1. */
  readonly nullShare: number
  /** Of booleans the share of true. */
  readonly mean: number | null
  readonly min: StatisticValue
  readonly max: StatisticValue
  /** `[share, value]`, such as `[0.5, 12]`. */
  readonly quantiles: readonly (readonly [number, StatisticValue])[]
}

export interface ValueSummary extends SeriesPoint {
  readonly computedAt: Instant
  readonly nulls: number
  readonly nan: number
  readonly infinite: number
  readonly distinct: number | null
  /** The most frequent first. */
  readonly top: readonly { readonly value: StatisticValue | boolean; readonly count: number }[]
  /** Bars of equal width; what lies beyond is in the outermost. */
  readonly histogram: {
    readonly low: StatisticValue
    readonly high: StatisticValue
    readonly counts: readonly number[]
  } | null
}

export interface GroupDrift {
  readonly status: 'compared' | 'single run' | 'no baseline' | 'no rows' | 'not built'
  readonly baselineVersion: number | null
  readonly baseline: Instant | null
  readonly current: Instant | null
  readonly features: readonly {
    readonly feature: string
    /** Population stability index; null where it cannot be told. */
    readonly psi: number | null
    /** What chance alone seldom exceeds. */
    readonly psiChance: number | null
    readonly psiThreshold: number | null
    readonly nullShareBefore: number
    readonly nullShareNow: number
    readonly findings: readonly ('psi' | 'nullShare')[]
  }[]
}

/** `GET groups/:name/rejected?limit=50&reveal=1`: rows that broke a rule, newest windows first. */
export interface RejectedAnswer {
  readonly group: string
  readonly tenant: string
  readonly masked: boolean
  readonly total: number
  readonly windows: number
  /** The most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly rows: number }[]
  readonly rows: readonly {
    readonly id: number
    readonly version: number
    readonly windowStart: Instant
    readonly windowEnd: Instant
    readonly reasons: readonly string[]
    /** Keys, event timestamp and features; each null while masked. */
    readonly content: { readonly [column: string]: Value }
    readonly createdAt: Instant
  }[]
}

/** `GET lineage`. */
export interface Lineage {
  readonly nodes: readonly LineageNode[]
  /** From what is read to what reads it. */
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

export interface LineageNode {
  /** `source:flights`, `source:crm.users`, `event:clicked`, `group:route_stats`, `service:late_v1`, `dataset:late`. */
  readonly id: string
  /** `source`: a table; `event`: a type of event; an on-demand group is a `group`. */
  readonly kind: 'source' | 'event' | 'group' | 'service' | 'dataset'
  readonly name: string
  readonly description: string | null
  /** Of a group. */
  readonly entity: string | null
  readonly sourceType: SourceType | null
  /** How many features it has, of a group or a service. */
  readonly features: number | null
}

/** `GET runs?since=<instant>&group=&status=&limit=100&before=<id>`: newest first. */
export interface RunsAnswer {
  readonly tenant: string
  readonly now: Instant
  readonly runs: readonly JobRun[]
  /** There are older ones: ask with `before` the id of the last. */
  readonly more: boolean
}

/** `GET coverage`: what has run of each live version, on one axis of time. */
export interface CoverageAnswer {
  readonly tenant: string
  readonly now: Instant
  /** The axis: from the first to the last instant of any group; null where there is none. */
  readonly span: SpanOf | null
  /** Batch groups, in the order of the config. */
  readonly groups: readonly GroupCoverage[]
}

export interface GroupCoverage {
  readonly group: string
  readonly version: number | null
  readonly everySeconds: number
  /** What should have run by now; null where nothing says (no start, nothing covered). */
  readonly target: SpanOf | null
  readonly covered: readonly SpanOf[]
  /** Covered, and to be run again because a group that this one reads has changed there. */
  readonly stale: readonly SpanOf[]
  /** Of the target, what is not covered. */
  readonly gaps: readonly SpanOf[]
}

/**
 * `GET entities/:entity?key.<name>=<text>…&reveal=1`: every feature of one entity. `at=<instant>`: as of then, by the
 * history as it stands now; `knownAt=<instant>`: by the history as it stood then (`at` is then the same where absent).
 */
export interface EntityPage {
  readonly entity: string
  readonly tenant: string
  readonly keys: { readonly [name: string]: string }
  readonly at: Instant | null
  readonly knownAt: Instant | null
  readonly now: Instant
  readonly masked: boolean
  readonly groups: readonly EntityGroup[]
}

export interface EntityGroup {
  readonly group: string
  readonly sourceType: SourceType
  readonly version: number | null
  /** Why it has no values, such as that it was never built, or wants what only a request gives; null where it has. */
  readonly problem: string | null
  readonly features: readonly EntityValue[]
}

export interface EntityValue {
  readonly feature: string
  readonly dataType: DataType
  readonly status: ValueStatus
  /** Null while masked; `status` says whether there is one. */
  readonly value: Value
  readonly masked: boolean
  readonly eventTimestamp: Instant | null
  /** Against now, or `at`. */
  readonly ageSeconds: number | null
  readonly tier: Tier | null
}

/**
 * `GET entities/:entity/history?feature=group.feature&key.<name>=<text>…&from=&to=&knownAt=&limit=1000&reveal=1`: one
 * feature's values, newest first, with those that were superseded; with `knownAt` as it stood then.
 */
export interface HistoryAnswer {
  readonly entity: string
  readonly tenant: string
  readonly keys: { readonly [name: string]: string }
  readonly feature: string
  readonly dataType: DataType
  readonly masked: boolean
  readonly rows: readonly HistoryRow[]
  /** There are more rows than the limit. */
  readonly more: boolean
}

export interface HistoryRow {
  readonly value: Value
  readonly masked: boolean
  readonly eventTimestamp: Instant
  readonly createdAt: Instant
  /** When a correction or retraction took its place; null for a current row. */
  readonly supersededAt: Instant | null
}
