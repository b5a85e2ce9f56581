/** What agents are given of a store. Checked by tsc, not run. */
import { createFeatureStoreTool } from '../../src/agents/langchain.js'
import { createMcpServer } from '../../src/agents/mcp.js'
import { type AnyStore, defineConfig, enrichContextWithFeatures, type FeatureStore } from '../../src/index.js'
import { airport, departures, flight, routes } from './config.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const check = <_ extends true>(): void => {}

const config = defineConfig({ project: 'flights', groups: [departures, routes] })
type C = typeof config

export async function typed(store: FeatureStore<C>): Promise<void> {
  createFeatureStoreTool(store, { entities: [airport.name] })
  createMcpServer(store)
  const { airportFeatures, ...rest } = await enrichContextWithFeatures(store, {
    entities: { airport: { key: 'SFO', features: ['departures.late_share_7d'] } },
    maxAge: '5m',
  })
  check<Equal<typeof airportFeatures, { 'departures.late_share_7d': number | null }>>()
  check<Equal<keyof typeof rest, never>>()
  // @ts-expect-error: no such entity
  await enrichContextWithFeatures(store, { entities: { airprot: { key: 'SFO', features: [] } } })
  // @ts-expect-error: a feature of another entity
  await enrichContextWithFeatures(store, { entities: { airport: { key: 'SFO', features: ['routes.status'] } } })
  // @ts-expect-error: a flight has two keys
  await enrichContextWithFeatures(store, { entities: { flight: { key: 'SFO', features: [] } } })
}

export async function any(store: AnyStore): Promise<void> {
  createFeatureStoreTool(store)
  createMcpServer(store)
  const context = await enrichContextWithFeatures(store, { entities: { [flight.name]: { key: { id: 1 } } } })
  check<Equal<typeof context, Record<string, Record<string, unknown>>>>()
}
