/** A build as the tasks of a view: each group is one. */
import { digits } from '../../config/digits.js'
import type { BuildEvent } from '../../plan/apply.js'
import type { Plan, Step } from '../../plan/build.js'
import type { Expected, LiveEvent, Progressed } from './live-state.js'

/** By group, those that it reads. */
export type Reads = ReadonlyMap<string, readonly string[]>

export type Story<Event> = (event: Event) => LiveEvent[]

/** A remaining time that so short a run foretells is worth nothing. */
const soonest = 2_000

export function buildStory(reads: Reads): Story<BuildEvent> {
  // Groups come one after another, so one is done when the next begins.
  let current: string | undefined
  const leave = (): LiveEvent[] => {
    const task = current
    current = undefined
    return task === undefined ? [] : [{ type: 'end', task, as: 'done' }]
  }
  const at = (task: string, progressed: Progressed): LiveEvent[] => {
    const before = task === current ? [] : leave()
    current = task
    return [...before, { type: 'advance', task, ...progressed }]
  }
  const stepped = (step: Step): LiveEvent[] => {
    if (step.kind === 'migrate') return at('schemas', { doing: 'migrating' })
    return 'group' in step ? at(step.group, progressOf(step)) : leave()
  }
  return (event) => {
    switch (event.type) {
      case 'tenant':
        return leave()
      case 'plan':
        return [...leave(), { type: 'expect', tasks: expected(event.plan, reads) }]
      case 'step':
        return stepped(event.step)
      case 'waiting':
        return at(event.group, { doing: `waits for ${event.holder}` })
      case 'window':
        return at(event.group, ran(event))
      case 'sync':
        return at(event.group, { doing: `${digits(event.rows)} rows to Redis` })
      case 'promoted':
        return at(event.group, { result: `version ${event.version} is live` })
      case 'failed':
        current = undefined
        return [{ type: 'end', task: event.group, as: 'failed' }]
      case 'blocked':
        return [...leave(), { type: 'end', task: event.group, as: 'blocked', result: `reads ${event.by.join(', ')}` }]
      default:
        return []
    }
  }
}

function expected({ steps }: Plan, reads: Reads): Expected[] {
  const groups = [...new Set(steps.flatMap((step) => ('group' in step ? [step.group] : [])))]
  return groups.map((task) => {
    const windows = steps.find((step) => step.kind === 'materialize' && step.group === task)
    return {
      task,
      after: reads.get(task) ?? [],
      ...(windows?.kind === 'materialize' && { total: windows.windows }),
    }
  })
}

function progressOf(step: Step): Progressed {
  switch (step.kind) {
    case 'materialize':
      return { done: 0, total: step.windows }
    case 'project':
      return { doing: 'sending to Redis' }
    case 'promote':
      return { doing: 'making it live' }
    default:
      return {}
  }
}

function ran({ done, total, rows, rate, elapsedMs, remainingMs }: Extract<BuildEvent, { type: 'window' }>): Progressed {
  return {
    done,
    total,
    amount: rows,
    rate: done > 0 ? (rate * rows) / done : 0,
    remainingMs: elapsedMs >= soonest ? remainingMs : null,
  }
}
