import { entitiesOf } from '../../config/reference.js'
import { exit, FstoreError } from '../../errors.js'
import type { EraseOptions, EraseReport } from '../../maintenance/erase.js'
import type { AnyStore } from '../../store.js'
import { confirm } from '../confirm.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { parseKeys } from '../keys.js'
import { withStore } from '../open.js'
import { isInteractive, printJson, printNote, printResult, printWarning } from '../output.js'

interface Options extends Globals {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

export async function run(entity: string | undefined, words: readonly string[], options: Options): Promise<number> {
  const { dryRun = false, yes = false, json = false } = options
  return withStore(options, async ({ store }) => {
    const whom = whomOf(store, entity, words, options.tenant)
    if (!dryRun && !yes && !(await agreed(store, whom))) {
      printNote('Nothing was erased.')
      return exit.done
    }
    const report = await store.erase({ ...whom, dryRun })
    if (json) printJson({ ...report })
    else await print(report)
    return dryRun || isProven(report) ? exit.done : exit.failed
  })
}

type Whom = EraseOptions & { dryRun?: undefined }

function whomOf(
  store: AnyStore,
  entity: string | undefined,
  words: readonly string[],
  tenant: string | undefined,
): Whom {
  if (entity === undefined && tenant !== undefined) return { tenant }
  if (entity === undefined || words.length === 0)
    throw new FstoreError('USAGE', 'erase needs an entity and its key, or a tenant.', {
      fix: 'Write fstore erase user 42, or fstore erase --tenant acme.',
    })
  return { entity, key: keyOf(store, entity, words) }
}

/** Of an entity that the config no longer has the registry knows the keys. */
function keyOf({ project }: AnyStore, entity: string, words: readonly string[]): unknown {
  if (!entitiesOf(project).some(({ name }) => name === entity)) {
    const pairs = words.map((word) => /^([^=]+)=(.*)$/s.exec(word)?.slice(1, 3) as [string, string] | undefined)
    if (pairs.every((pair) => pair !== undefined)) return Object.fromEntries(pairs)
    if (words.length === 1) return words[0]
  }
  const { keys } = parseKeys(project, words, entity)
  const [key, ...others] = keys
  if (others.length > 0)
    throw new FstoreError('USAGE', `${words.join(' ')} are ${keys.length} entities.`, { fix: 'Erase one at a time.' })
  return key
}

/** What is to go is counted before the question. */
async function agreed(store: AnyStore, whom: Whom): Promise<boolean> {
  const report = isInteractive() ? await store.erase({ ...whom, dryRun: true }) : undefined
  const amount = report === undefined ? '' : `: ${count(report.rows, 'row')}`
  return confirm(`Erase ${nameOf(report ?? named(store, whom))}${amount}, for good`, false)
}

function named(store: AnyStore, whom: Whom): Named {
  if ('tenant' in whom) return { tenant: whom.tenant, entity: null, keys: null }
  const keys = typeof whom.key === 'object' ? (whom.key as Record<string, string>) : { key: String(whom.key) }
  return { tenant: store.tenant, entity: whom.entity, keys }
}

type Named = Pick<EraseReport, 'tenant' | 'entity' | 'keys'>

function nameOf({ tenant, entity, keys }: Named): string {
  if (entity === null) return `the tenant ${tenant}`
  return `${entity} ${Object.values(keys ?? {}).join(' ')} of the tenant ${tenant}`
}

function isProven({ left, unproven }: EraseReport): boolean {
  return left === 0 && unproven.length === 0
}

async function print(report: EraseReport): Promise<void> {
  const { places, unproven, rows, left, dryRun } = report
  const { table } = await import('../table.js')
  const lines = places.map((place) => [place.place, place.name.replaceAll('"', ''), place.rows.toLocaleString('en-US')])
  if (dryRun) {
    printResult(table(['place', 'name', 'rows'], lines, [2]))
    printResult(`Would erase ${nameOf(report)}: ${count(rows, 'row')}.`)
  } else {
    const counted = lines.map((line, i) => [...line, (places[i]?.left ?? 0).toLocaleString('en-US')])
    printResult(table(['place', 'name', 'erased', 'left'], counted, [2, 3]))
    printResult(`Erased ${nameOf(report)}: ${count(rows, 'row')}. ${proof(report)}`)
    printNote('Your source tables are untouched: what they still have, a build over the same windows writes again.')
  }
  for (const reason of unproven) printWarning(`not looked at: ${reason}`)
  if (unproven.length > 0) printNote('Retired versions go with: fstore cleanup --keep-versions 0')
  if (left > 0 && !dryRun) printNote('Something still writes: stop its builds and erase again.')
}

function proof({ left, unproven }: EraseReport): string {
  if (left > 0) return `Counted again: ${count(left, 'row')} left.`
  return `Counted again: nothing is left${unproven.length > 0 ? ' of what was looked at' : ''}.`
}
