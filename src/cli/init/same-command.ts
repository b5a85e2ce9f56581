/** The command that does again, without a question, what was answered. */
import { shellWord } from '../shell-word.js'
import type { Proposal } from './proposal.js'
import { tenantCandidate } from './proposal.js'
import type { Answers } from './questions.js'

export function sameCommand(directory: string | undefined, answers: Answers, own?: Proposal): string {
  const { template, entity, start, grant, scripts, load } = answers
  const words = [
    'fstore init',
    ...(directory === undefined ? [] : [shellWord(directory)]),
    ...(own === undefined ? flag('template', template) : ownFlags(own, answers)),
    ...flag('entity', entity),
    ...flag('start', start),
    ...(grant ? ['--grant'] : []),
    ...(load === false ? ['--no-load'] : []),
    ...(scripts ? ['--scripts'] : []),
    '--yes',
  ]
  return words.join(' ')
}

function ownFlags({ table, key, time, tenant, values }: Proposal, answers: Answers): string[] {
  const isNone = tenant === undefined && tenantCandidate(table) !== undefined
  return [
    ...flag('from', table.schema === 'public' ? table.name : `${table.schema}.${table.name}`),
    ...key.flatMap(({ name }) => flag('key', name)),
    ...flag('time', time.name),
    ...(isNone ? ['--no-tenant-column'] : flag('tenant-column', tenant?.name)),
    ...(answers.values === undefined
      ? []
      : values.length === 0
        ? ['--no-values']
        : values.flatMap(({ name }) => flag('values', name))),
  ]
}

/** A value that begins with a dash would be taken for a flag of its own. */
function flag(name: string, value: string | undefined): string[] {
  if (value === undefined) return []
  return value.startsWith('-') ? [`--${name}=${shellWord(value)}`] : [`--${name} ${shellWord(value)}`]
}
