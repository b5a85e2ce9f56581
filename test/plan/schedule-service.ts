/** A scheduler in a process of its own, whose clock is a file. Prints its events; SIGTERM stops it. */
import { readFileSync } from 'node:fs'
import { setTimeout as timer } from 'node:timers/promises'

const [url = '', clockFile = ''] = process.argv.slice(2)
const { openPostgres } = await import('../../src/db/postgres.js')
const { scheduled, service } = await import('./scheduled.js')
const { Trial } = await import('./trial.js')

const controller = new AbortController()
process.on('SIGTERM', () => controller.abort())
const clock = {
  now: () => new Date(readFileSync(clockFile, 'utf8')),
  sleep: (ms: number, signal: AbortSignal) => timer(Math.min(ms, 25), undefined, { signal }).catch(() => {}),
}
const db = openPostgres({ url })
const { scope } = new Trial({ db }).declare(...service)
const { status } = await scheduled(scope, { clock, signal: controller.signal }, (event) => {
  const { type } = event
  const told = ['scheduling', 'started', 'finished', 'window', 'outage', 'recovered'].includes(type)
  if (told) console.log(JSON.stringify({ pid: process.pid, ...event }))
})
await db.close()
console.log(JSON.stringify({ pid: process.pid, type: 'ended', status }))
