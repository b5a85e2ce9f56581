/** What the page may ask, by address under `/ui/api/`. Each answer is loaded when it is first asked for. */
import type { Answer } from './asked.js'

export const endpoints: Readonly<Record<string, () => Promise<Answer>>> = {
  overview: async () => (await import('./answers/overview.js')).overview,
  plan: async () => (await import('./answers/plan.js')).plan,
  catalogue: async () => (await import('./answers/catalogue.js')).catalogue,
  lineage: async () => (await import('./answers/lineage.js')).lineage,
  runs: async () => (await import('./answers/runs.js')).runs,
  coverage: async () => (await import('./answers/runs.js')).coverage,
  'groups/:name': async () => (await import('./answers/group.js')).group,
  'groups/:name/statistics': async () => (await import('./answers/statistics.js')).statistics,
  'groups/:name/rejected': async () => (await import('./answers/rejected.js')).rejected,
  'entities/:name': async () => (await import('./answers/entity.js')).entity,
  'entities/:name/history': async () => (await import('./answers/history.js')).history,
}
