/** The loop of a scheduler: look what is due, start it, sleep until the next tick. */
import { setTimeout as timer } from 'node:timers/promises'
import { fromMicroseconds, toDate } from '../config/instant.js'
import { identifier } from '../db/sql.js'
import { exit, type FstoreError } from '../errors.js'
import { readClock } from '../registry/clock.js'
import { activeTenants } from '../registry/repository.js'
import type { BuildScope } from './execute.js'
import { Outage } from './outage.js'
import type { ScheduleClock, ScheduleEvent, ScheduleResult } from './schedule-event.js'
import type { ScheduledGroup } from './scheduled-groups.js'
import { runScheduled } from './scheduled-run.js'
import { type KeptRun, readScheduledRuns, ScheduledRuns } from './scheduled-runs.js'
import { type Standing, standingOf } from './standing.js'
import { asFstoreError } from './unexpected.js'

export interface SchedulerOptions {
  readonly scope: BuildScope
  /** Each after those it reads. */
  readonly groups: readonly ScheduledGroup[]
  readonly once: boolean
  readonly signal: AbortSignal
  readonly clock: ScheduleClock | undefined
  tell(event: ScheduleEvent): void
  written(): void
}

/** How often to look whether a run of another scheduler has ended, or its process. */
const poll = 10_000
const done: Standing = { kind: 'done' }

interface Look {
  readonly now: Date
  readonly tenants: number
  readonly runs: ReadonlyMap<string, KeptRun>
  readonly active: ReadonlyMap<string, string | null>
}

export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #runs: ScheduledRuns
  readonly #outage: Outage
  readonly #underWay = new Map<string, Promise<void>>()
  /** Groups of which this process has seen its own version live. */
  readonly #live = new Set<string>()
  readonly #superseded = new Set<string>()
  /** Of a single round: a group is tried once. */
  readonly #tried = new Set<string>()
  readonly #told = new Set<string>()
  /** Of groups whose run broke off with the connection: one that breaks it each time must not do so without a rest. */
  readonly #pauses = new Map<string, { readonly until: number; readonly times: number }>()
  readonly #counts = { completed: 0, failed: 0 }
  #fatal: FstoreError | undefined
  #hasLooked = false
  #wake = new AbortController()

  constructor(options: SchedulerOptions) {
    this.#options = options
    const { db, project } = options.scope
    this.#runs = new ScheduledRuns({ db, schema: project.schema })
    this.#outage = new Outage(options.tell)
  }

  async run(): Promise<ScheduleResult> {
    const { signal, once } = this.#options
    try {
      while (!signal.aborted && this.#fatal === undefined) {
        const wait = await this.#round()
        if (this.#fatal !== undefined || (once && this.#underWay.size === 0)) break
        await this.#sleep(wait)
      }
    } finally {
      await Promise.all(this.#underWay.values())
    }
    if (this.#fatal !== undefined) throw this.#fatal
    const { failed } = this.#counts
    return { status: signal.aborted ? 'stopped' : failed > 0 ? 'failed' : 'done', ...this.#counts }
  }

  /** @returns milliseconds until there is something to do again */
  async #round(): Promise<number> {
    try {
      const look = await this.#look()
      this.#outage.over()
      return await this.#start(look)
    } catch (error) {
      return this.#failed(asFstoreError(error))
    }
  }

  /** What is wrong from the start, and lasts, is for whoever started it. @returns milliseconds to wait */
  #failed(error: FstoreError): number {
    const mayPass = this.#hasLooked || error.exitCode === exit.unreachable
    if (this.#options.once || !mayPass) this.#fatal ??= error
    return this.#outage.of(error)
  }

  async #look(): Promise<Look> {
    const { scope, clock } = this.#options
    const { db, project } = scope
    if (!this.#hasLooked) {
      const { migrate } = await import('../db/migrate.js')
      await migrate({ db, schema: project.schema })
    }
    // Before what is live is read: of a tick that has come, nothing that was live only before it counts.
    const now = clock?.now()
    const look = await readActive(scope)
    const runs = await readScheduledRuns(db, project.schema)
    this.#hasLooked = true
    return { ...look, now: now ?? look.now, runs }
  }

  async #start(look: Look): Promise<number> {
    const standings = new Map<string, Standing>()
    let wait = 86_400_000
    for (const group of this.#options.groups) {
      const standing = this.#isSuperseded(group, look) ? done : await this.#standing(group, look)
      standings.set(group.name, standing)
      const next = group.ticks.next(look.now)
      if (standing.kind === 'later') wait = Math.min(wait, standing.in)
      if (standing.kind === 'busy') wait = Math.min(wait, poll)
      if (next !== undefined) wait = Math.min(wait, next.getTime() - look.now.getTime())
    }
    for (const group of this.#options.groups) {
      const standing = standings.get(group.name)
      if (standing?.kind !== 'due' || !this.#mayBegin(group, standings)) continue
      const failed = group.after.filter((name) => look.runs.get(name)?.status === 'failed')
      this.#begin(group, standing.tick, [...failed, ...group.builds])
    }
    return wait
  }

  #mayBegin({ name, after }: ScheduledGroup, standings: ReadonlyMap<string, Standing>): boolean {
    // A run takes a connection, and its heartbeat one now and then.
    const room = Math.min(2, Math.max(1, this.#options.scope.db.connections - 2))
    if (this.#underWay.size >= room || (this.#options.once && this.#tried.has(name))) return false
    return !after.some((other) => this.#isComing(other, standings))
  }

  async #standing(group: ScheduledGroup, { runs, now, tenants }: Look): Promise<Standing> {
    const run = runs.get(group.name)
    const own = this.#runs.own
    if (this.#underWay.has(group.name) || tenants === 0) return done
    const pause = (this.#pauses.get(group.name)?.until ?? 0) - Date.now()
    if (pause > 0) return { kind: 'later', in: pause }
    const standing = standingOf(group, run, { now, own, impatient: this.#options.once })
    if (standing.kind !== 'busy') return standing
    if (!standing.run.dead) {
      this.#tellOnce({ type: 'busy', group: group.name, tick: standing.run.tick, holder: holder(standing.run) })
      return standing
    }
    await this.#runs.bury(standing.run)
    return standingOf(group, { ...standing.run, status: 'failed', retryIn: 0 }, { now, own, impatient: true })
  }

  /** Its rows are about to change, here or elsewhere: what reads them waits. */
  #isComing(name: string, standings: ReadonlyMap<string, Standing>): boolean {
    const kind = standings.get(name)?.kind
    const isTried = this.#options.once && this.#tried.has(name)
    return this.#underWay.has(name) || kind === 'busy' || (kind === 'due' && !isTried)
  }

  /** Made live by this process and replaced since: going on would take the pointer back from whoever moved it. */
  #isSuperseded({ name, fingerprint }: ScheduledGroup, { active }: Look): boolean {
    const isLive = active.get(name) === fingerprint
    if (isLive) {
      this.#live.add(name)
      this.#superseded.delete(name)
    } else if (this.#live.has(name) && !this.#superseded.has(name)) {
      this.#superseded.add(name)
      this.#options.tell({ type: 'superseded', group: name })
    }
    return this.#superseded.has(name)
  }

  #begin(group: ScheduledGroup, tick: string, select: readonly string[]): void {
    const { scope, signal, tell } = this.#options
    this.#tried.add(group.name)
    const work = runScheduled({ scope, signal, tell, runs: this.#runs }, { group: group.name, tick, select })
      .then((status) => {
        this.#pauses.delete(group.name)
        if (status === 'completed') this.#counts.completed++
        if (status === 'failed') this.#counts.failed++
      })
      .catch((error: unknown) => {
        const times = (this.#pauses.get(group.name)?.times ?? -1) + 1
        this.#pauses.set(group.name, { times, until: Date.now() + Math.min(300_000, 250 * 2 ** times) })
        this.#failed(asFstoreError(error))
      })
      .finally(() => {
        this.#underWay.delete(group.name)
        this.#options.written()
        this.#wake.abort()
      })
    this.#underWay.set(group.name, work)
  }

  async #sleep(ms: number): Promise<void> {
    const signal = AbortSignal.any([this.#options.signal, this.#wake.signal])
    const { clock } = this.#options
    await (clock === undefined ? sleep(Math.max(10, ms), signal) : clock.sleep(ms, signal))
    if (this.#wake.signal.aborted) this.#wake = new AbortController()
  }

  #tellOnce(event: Extract<ScheduleEvent, { type: 'busy' }>): void {
    const key = JSON.stringify(event)
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.#options.tell(event)
  }
}

/** What a round needs to know besides the runs there were. */
async function readActive({ db, project }: BuildScope): Promise<Omit<Look, 'runs'>> {
  const sql = `SELECT name, active_fingerprint FROM ${identifier(project.schema)}.groups`
  return db.transaction({ role: 'owner', readOnly: true }, async (tx) => {
    const { rows } = await tx.query<{ name: string; active_fingerprint: string | null }>(sql)
    return {
      now: toDate(fromMicroseconds(await readClock(tx))),
      tenants: (await activeTenants(tx, project.schema)).length,
      active: new Map(rows.map((row) => [row.name, row.active_fingerprint])),
    }
  })
}

function holder({ host, pid }: KeptRun): string {
  return `pid ${pid} on ${host}`
}

/** By the wall's clock too, which goes on where a machine is suspended. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const until = { wall: Date.now() + ms, steady: performance.now() + ms }
  const left = () => Math.min(until.wall - Date.now(), until.steady - performance.now())
  for (let wait = left(); wait > 0 && !signal.aborted; wait = left())
    await timer(Math.min(wait, 30_000), undefined, { signal }).catch(() => {})
}
