/** A plan in words, a line a fact; the same steps that `build` applies. */
import { digits } from '../config/digits.js'
import { formatDuration } from '../config/duration.js'
import { countAgain, type Plan, type Step } from './build.js'

export function explain(plan: Plan): string[] {
  if (plan.steps.length === 0) return ['Nothing to do: everything declared is built, and no window is due.']
  const lines: string[] = []
  let group: string | undefined
  for (const step of plan.steps) {
    const owner = 'group' in step ? step.group : undefined
    if (owner !== undefined && owner !== group) lines.push(owner)
    group = owner
    lines.push(...explainStep(step).map((line) => (owner === undefined ? line : `  ${line}`)))
  }
  return lines
}

const signs = { new: '+', changed: '~', restored: '<', described: '=' } as const

function explainStep(step: Step): string[] {
  switch (step.kind) {
    case 'migrate':
      return [`migrate the schema: ${step.migrations.join(', ')}`]
    case 'register':
      return [`${signs[step.change]} version ${step.version} (${step.fingerprint}): ${step.summary}`]
    case 'materialize':
      return [
        `  materialize ${windows(step)} for tenant ${step.tenant}${step.type === 'full' ? ', covered ones too' : ''}`,
        ...(step.again === undefined ? [] : [`    ${again(step)}`]),
        ...step.spans.slice(0, 5).map(([start, end]) => `    ${day(start)} to ${day(end)}`),
        ...(step.spans.length > 5
          ? [`    and ${step.spans.length - 5} more span${step.spans.length === 6 ? '' : 's'}`]
          : []),
      ]
    case 'project':
      return [`  send to Redis what it lacks, for ${tenantsOf(step.tenants)}`]
    case 'promote':
      return [
        step.from === null
          ? `  make version ${step.version} live`
          : `  make version ${step.version} live, beside the old table, when it covers what ${step.from} covers`,
      ]
    case 'archive':
      return [`- no longer declared: ${step.groups.join(', ')} (archived; rows are kept)`]
  }
}

function tenantsOf(tenants: readonly string[]): string {
  return tenants.length <= 3 ? `tenant ${tenants.join(', ')}` : `${digits(tenants.length)} tenants`
}

function windows(step: Extract<Step, { kind: 'materialize' }>): string {
  const amount = digits(step.windows)
  return `${amount} window${step.windows === 1 ? '' : 's'} of ${formatDuration(step.every)}`
}

/** Of a step that has such windows. */
export function again(step: Pick<Extract<Step, { kind: 'materialize' }>, 'every' | 'again'>): string {
  const amount = countAgain(step)
  return `${digits(amount)} of them ha${amount === 1 ? 's' : 've'} run before: lookback, for rows that came late`
}

function day(instant: string): string {
  return instant.replace('T00:00:00Z', '')
}
