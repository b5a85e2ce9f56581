/** A service in a process of its own: reads one value over and over, and says when it saw it change. */
import { score } from './watched.js'

const [url = '', redis = '', project = '', ttl = ''] = process.argv.slice(2)
const { createFeatureStore } = await import('../../src/create-feature-store.js')
Object.assign(process.env, { DATABASE_URL: url, REDIS_URL: redis })
const store = createFeatureStore(score(project), { cache: { ttl: Number(ttl) } })
let last: number | null | undefined
let going = true
process.stdin.on('end', () => {
  going = false
})
process.stdin.resume()
while (going) {
  const { values, features } = await store.getFeatures({ entity: 'user', key: 'a', features: ['score.points'] })
  const value = values['score.points']
  if (value !== last) console.log(JSON.stringify({ value, at: Date.now(), source: features['score.points'].source }))
  last = value
  await new Promise((resolve) => setTimeout(resolve, 2))
}
await store.close()
