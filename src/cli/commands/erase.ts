import { digits } from '../../config/digits.js'
import { entitiesOf } from '../../config/reference.js'
import { exit, FstoreError } from '../../errors.js'
import type { EraseOptions, EraseReport } from '../../maintenance/erase.js'
import type { AnyStore } from '../../store.js'
import { confirm } from '../confirm.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { interruptible } from '../interruptible.js'
import { parseKeys } from '../keys.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { isInteractive, printAside, printJson, printNote, printWarning } from '../output.js'
import { ownCommand } from '../own-command.js'
import type { Column } from '../table.js'

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
    let isStopped = false
    const report = await interruptible({
      work(signal) {
        signal.addEventListener('abort', () => {
          isStopped = true
        })
        return store.erase({ ...whom, dryRun })
      },
      // Half an erasure is worse than none.
      stopping: 'Stopping after this erasure',
      resume: `Some of it may be erased. To go on: ${ownCommand()}`,
    })
    tell({ kind: 'erase', report })
    if (json) printJson({ ...report })
    else await print(report)
    if (isStopped) return exit.interrupted
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
  const { printTable } = await import('../table.js')
  if (dryRun) {
    printTable({ columns: columns('rows'), rows: places, fields })
    printAside(`Would erase ${nameOf(report)}: ${count(rows, 'row')}.`)
  } else {
    const left: Column<Place> = {
      head: 'left',
      cell: (place) => digits(place.left ?? 0),
      right: true,
    }
    printTable({
      columns: [...columns('erased'), left],
      rows: places,
      fields: { ...fields, left: (place: Place) => place.left ?? 0 },
    })
    printAside(`Erased ${nameOf(report)}: ${count(rows, 'row')}. ${proof(report)}`)
    printNote('Your source tables are untouched: what they still have, a build over the same windows writes again.')
  }
  for (const reason of unproven) printWarning(`not looked at: ${reason}`)
  if (unproven.length > 0) printNote('Retired versions go with: fstore cleanup --keep-versions 0')
  if (left > 0 && !dryRun) printNote('Something still writes: stop its builds and erase again.')
}

type Place = EraseReport['places'][number]

function columns(amount: string): readonly Column<Place>[] {
  return [
    { head: 'place', cell: ({ place }) => place },
    { head: 'name', cell: ({ name }) => name.replaceAll('"', ''), cut: true },
    { head: amount, cell: ({ rows }) => digits(rows), right: true },
  ]
}

const fields = {
  place: ({ place }: Place) => place,
  name: ({ name }: Place) => name.replaceAll('"', ''),
  rows: ({ rows }: Place) => rows,
}

function proof({ left, unproven }: EraseReport): string {
  if (left > 0) return `Counted again: ${count(left, 'row')} left.`
  return `Counted again: nothing is left${unproven.length > 0 ? ' of what was looked at' : ''}.`
}
