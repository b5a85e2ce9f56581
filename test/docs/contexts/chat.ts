/** A program over people and what they say. */
import { createFeatureStore, defineConfig, entity, int64, stream } from 'featurestore'

const user = entity('user', { user_id: 'string' })
const conversation = entity('conversation', { conversation_id: 'int64' })
const profile = stream('profile', { entity: user, features: { clicks: int64() } })
const live = stream('conversation_live', { entity: conversation, features: { turns: int64() } })
export const store = createFeatureStore(defineConfig({ project: 'chat', groups: [profile, live] }))
