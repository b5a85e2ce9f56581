/** How time and memory grow with what there is more of: a curve for each, and its exponent. */
import type { Bench } from './harness.js'
import { entities } from './scaling/entities.js'
import { fitted } from './scaling/exponent.js'
import { groups } from './scaling/groups.js'
import { partitions } from './scaling/partitions.js'
import type { Curve } from './scaling/point.js'
import { features, rows } from './scaling/rows.js'
import { spine } from './scaling/spine.js'
import { tenants } from './scaling/tenants.js'
import type { Cell } from './table.js'

/** FSTORE_BENCH_CURVES names some of them. */
const curves: readonly Curve[] = [rows, features, groups, partitions, tenants, entities, spine]

export async function run(bench: Bench): Promise<void> {
  const named = process.env.FSTORE_BENCH_CURVES?.split(',')
  const fits: Record<string, Cell>[] = []
  for (const curve of curves) {
    if (named !== undefined && !named.includes(curve.name)) continue
    bench.say(`${curve.name}: ${curve.about}`)
    const points = await curve.run(bench)
    bench.keep({ title: `${curve.name}: ${curve.about}`, rows: points })
    for (const what of curve.fits) fits.push({ 'grows with': curve.name, what, ...fitted(points, curve.name, what) })
  }
  bench.keep({
    title: 'Exponents, by least squares on logarithms: 1 is linear',
    rows: fits,
    notes: ['“at the end” is that between the last two points, where fixed costs weigh least.'],
  })
}
