/** A dataset as chat examples, one JSON object a line: what is known goes to the user, the label to the assistant. */
import type { DatasetSpec } from '../config/project.js'
import { FstoreError } from '../errors.js'
import type { TrainingRow } from './rows.js'

export interface ChatExample {
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }[]
}

/**
 * Fills the dataset's templates. `{{origin.late}}` is a feature, `{{late}}` a label; without templates the user says
 * the features as JSON and the assistant the first label. A row without that answer teaches nothing and is left out.
 *
 * @throws FstoreError NAME_UNKNOWN for a placeholder that is neither
 */
export function chatExample({ fineTuning = {}, labels, name }: DatasetSpec, row: TrainingRow): ChatExample | undefined {
  const answer = labels[0]
  if (answer === undefined && fineTuning.assistant === undefined)
    throw new FstoreError('USAGE', `The dataset ${name} has no label for the assistant to say.`, {
      fix: 'Give it a label, or fineTuning.assistant.',
    })
  const user = fineTuning.user === undefined ? JSON.stringify(row.features, plain) : fill(fineTuning.user, row)
  const assistant =
    fineTuning.assistant === undefined ? said(row.label[answer?.name ?? '']) : fill(fineTuning.assistant, row)
  if (assistant === undefined || user === undefined) return undefined
  const system = fineTuning.system === undefined ? [] : [{ role: 'system' as const, content: fineTuning.system }]
  return { messages: [...system, { role: 'user', content: user }, { role: 'assistant', content: assistant }] }
}

function fill(template: string, { features, label }: TrainingRow): string {
  const values = { ...features, ...label }
  return template.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, name: string) => {
    if (!(name in values))
      throw new FstoreError('NAME_UNKNOWN', `The template names {{${name}}}, which is no feature or label.`, {
        fix: `Known: ${Object.keys(values).join(', ')}.`,
      })
    return said(values[name]) ?? 'unknown'
  })
}

function said(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  return typeof value === 'object' ? (JSON.stringify(value, plain) as string) : String(value)
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Float32Array ? Array.from(value) : value
}
