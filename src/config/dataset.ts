import type { Feature } from './feature.js'
import { mark } from './marker.js'
import type { GroupPick } from './pick.js'
import type { Service } from './service.js'
import type { Sql } from './sql.js'

type Labels = Readonly<Record<string, Feature<any>>>

/** Shares of the rows, which add up to 1; one that is not given is 0. */
export interface Split {
  /** `time`: the oldest rows train, the newest test. `entity`: all rows of one entity stay together. */
  readonly by: 'time' | 'entity'
  readonly train: number
  readonly validation?: number
  readonly test?: number
}

/** A training set: a service, the rows it is built for, their labels, and how they are split and sampled. */
export interface DatasetOptions<P extends readonly GroupPick[], L extends Labels> {
  /** Whose vector each row gets, as known at its instant. */
  readonly service: Service<string, P>
  /** One SELECT of the service's join keys, `event_timestamp` (the instant asked about) and the labels. */
  readonly spine: Sql
  /** What a model learns to tell: columns of the spine. */
  readonly label?: L
  readonly split?: Split
  /** How many rows to draw. Unset: all. */
  readonly sample?: number
  /** A label whose proportions the sample keeps. */
  readonly stratify?: NoInfer<keyof L & string>
  /** Draws the same sample, and splits entities the same way, every time. 0 where it is not given. */
  readonly seed?: number
  /**
   * Templates of chat examples: `{{origin.late_share}}` is a feature, `{{late}}` a label. Without them the user says
   * the features as JSON and the assistant the first label.
   */
  readonly fineTuning?: { readonly system?: string; readonly user?: string; readonly assistant?: string }
  readonly description?: string
}

/** What a model is trained on: a service's vector for every row of a spine, with its labels. */
export interface Dataset<
  N extends string = string,
  P extends readonly GroupPick[] = readonly GroupPick[],
  L extends Labels = Labels,
> {
  readonly name: N
  readonly service: Service<string, P>
  readonly label?: L
}

/** A dataset; what it is made of is computed when it is exported, not here. */
export function dataset<
  const N extends string,
  const P extends readonly GroupPick[],
  L extends Labels = Record<never, never>,
>(name: N, options: DatasetOptions<P, L>): Dataset<N, P, L> {
  return mark('dataset', { ...options, name })
}
