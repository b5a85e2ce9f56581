import type { z } from 'zod'
import type { Problem } from '../../errors.js'
import { didYouMean } from '../did-you-mean.js'

/** Takes down one mistake; parsing goes on. */
export type Report = (path: string, message: string, fix?: string) => void

export function reportInto(problems: Problem[]): Report {
  return (path, message, fix) => problems.push({ path, message, ...(fix && { fix }) })
}

/** The value as a person would write it, cut short. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'object' || value === null) return cut(JSON.stringify(value) ?? String(value))
  if (value instanceof Date) return 'a Date'
  return Array.isArray(value) ? 'a list' : 'an object'
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

const expected: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

/** One of zod's issues, in words. A field's own checks bring their fix in `params`. */
export function describeIssue(issue: z.core.$ZodIssue): { message: string; fix?: string } {
  const input = show(issue.input)
  switch (issue.code) {
    case 'custom':
      return { message: issue.message, ...(issue.params?.fix && { fix: String(issue.params.fix) }) }
    case 'invalid_type':
      return { message: `${input} is not ${expected[issue.expected] ?? `a ${issue.expected}`}` }
    case 'invalid_value': {
      const values = issue.values.map(String)
      const hint = typeof issue.input === 'string' ? didYouMean(issue.input, values) : ''
      return { message: `${input} is not one of ${values.join(', ')}`, ...(hint && { fix: hint }) }
    }
    case 'too_small':
      return { message: issue.origin === 'number' ? `${input} is less than ${issue.minimum}` : 'is empty' }
    case 'too_big':
      return { message: `${input} is more than ${issue.maximum}` }
    default:
      return { message: `${input} is not allowed here` }
  }
}
