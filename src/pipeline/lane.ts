/** One after another of a run's windows; where several run at the same time, each of these lanes does so. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fromMicroseconds } from '../config/instant.js'
import type { Description } from '../offline/describe.js'
import { ensurePartitions, type Partition, partitionsBetween } from '../offline/partitions.js'
import { isRolling } from '../transform/rolling-part.js'
import { holderOf, type Job } from './jobs.js'
import type { Materialization, MaterializeEvent, Tally } from './materialization.js'
import { openCoverage } from './open-coverage.js'
import type { Pacer } from './pace.js'
import { nextStretch, type Stretch, type Stretches } from './stretch.js'
import type { Span } from './window.js'
import { runWindow, stampsOf } from './window-run.js'

/** What the lanes of a run share. */
export interface Course {
  readonly run: Materialization
  readonly job: Job
  readonly shape: Description
  readonly windows: Stretches
  readonly tally: { -readonly [K in keyof Tally]: Tally[K] }
  readonly ran: Span[]
  readonly partitions: Set<string>
  readonly pacer: Pacer
  /** Of windows that follow one another, so many in one transaction. */
  most: number
  done: number
  ended: boolean
}

/** Takes one window after another, until none is left. */
export async function* lane(course: Course): AsyncGenerator<MaterializeEvent, void> {
  const { run, job, tally, shape } = course
  const { db, schemas, compiled, tenant, parallel = 1 } = run
  const group = compiled.group.name
  const common = { db, schemas, compiled, tenant, job, shape }
  const how = { skipCovered: run.type === 'incremental', besideOthers: parallel > 1 }
  const isOver = () => course.ended || run.signal?.aborted === true
  for (;;) {
    const window = isOver() ? undefined : course.windows.next(course.most)
    if (window === undefined) return
    await makePartitions(course, window)
    let written = await runWindow({ ...common, ...how, window })
    for (let told = false; written === 'locked'; written = await runWindow({ ...common, ...how, window })) {
      if (!told) yield { type: 'waiting', group, tenant, holder: await holder(run, job) }
      told = true
      await sleep(100)
      if (isOver()) return
      // The row to lock is gone where the tenant was erased meanwhile.
      await openCoverage(run)
    }
    course.done += window.windows
    if (written === 'covered') continue
    tally.windows += window.windows
    course.ran.push(window)
    if (isRolling(compiled.group)) course.most = nextStretch(window, written.processed)
    for (const key of ['processed', 'written', 'superseded', 'rejected'] as const) tally[key] += written[key]
    const [start, end] = [fromMicroseconds(window.start), fromMicroseconds(window.end)]
    const progress = { done: course.done, total: run.total, rows: tally.processed, ...course.pacer.at(course.done) }
    yield { type: 'window', group, tenant, start, end, ...progress, ...written }
  }
}

async function holder({ db, schemas, tenant, compiled }: Materialization, job: Job): Promise<string> {
  const scope = { db, schema: schemas.registry, tenant }
  return (await holderOf(scope, compiled.group.name, job)) ?? 'another process'
}

async function makePartitions({ run, shape, partitions }: Course, window: Stretch): Promise<void> {
  const { db, schemas, compiled } = run
  const [first, last] = stampsOf(compiled, window, shape)
  const missing: Partition[] = partitionsBetween(first, last, compiled.group.partition).filter(
    ({ suffix }) => !partitions.has(suffix),
  )
  await ensurePartitions({ db, table: compiled.table, schemas, partitions: missing })
  for (const { suffix } of missing) partitions.add(suffix)
}
