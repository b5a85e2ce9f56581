/** What is known of those whom an agent's turn is about, for its state or its prompt. */
import type { Bare, EntityName, FeaturesOf, KeyOf, Nullable } from '../config/inference.js'
import type { FeatureStore } from '../create-feature-store.js'
import type { ReadLimits } from '../online/reader.js'
import type { AnyStore } from '../store.js'

/** By entity: whose features, and which. */
export type ContextQuestion<C> = {
  readonly [E in EntityName<C>]?: {
    /** An object with the entity's keys; for an entity of one key, also its bare value. */
    readonly key: Bare<KeyOf<C, E>>
    readonly features: readonly (keyof FeaturesOf<C, E>)[]
  }
}

/** `userFeatures` for an entity `user`; what is not known is null. */
export type FeatureContext<C, Q extends ContextQuestion<C>> = {
  -readonly [E in keyof Q & EntityName<C> as `${E & string}Features`]: Nullable<
    Pick<FeaturesOf<C, E>, NonNullable<Q[E]>['features'][number]>
  >
}

type AnyContextQuestion = Readonly<Record<string, { readonly key: unknown; readonly features?: readonly string[] }>>

/**
 * The newest values of several entities, side by side: `{ userFeatures: { 'profile.clicks': 3 } }`. Of what is not
 * known, or too old, the values are null.
 *
 * @throws FstoreError KEY_INVALID, NOT_BUILT, DATABASE_UNREACHABLE
 */
export async function enrichContextWithFeatures(
  store: AnyStore,
  request: { readonly entities: AnyContextQuestion } & ReadLimits,
): Promise<Record<string, Record<string, unknown>>>
export async function enrichContextWithFeatures<C, const Q extends ContextQuestion<C>>(
  store: FeatureStore<C>,
  request: { readonly entities: Q & Record<Exclude<keyof Q, EntityName<C>>, never> } & ReadLimits,
): Promise<FeatureContext<C, Q>>
export async function enrichContextWithFeatures(
  store: AnyStore | FeatureStore<any>,
  { entities, ...limits }: { readonly entities: object } & ReadLimits,
): Promise<object> {
  const parts = Object.entries(entities as AnyContextQuestion).map(async ([entity, asked]) => {
    const { values } = await (store as AnyStore).getFeatures({ entity, ...asked, ...limits })
    return [`${entity}Features`, values]
  })
  return Object.fromEntries(await Promise.all(parts))
}
