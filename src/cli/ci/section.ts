/** A section: how it went, then paragraphs of Markdown. */
import type { FstoreError } from '../../errors.js'
import { inline } from './markdown.js'

export const glyphs = { good: '✅', odd: '⚠️', bad: '❌' } as const

export type Section = readonly [keyof typeof glyphs, ...string[]]

type ErrorLike = Pick<FstoreError, 'code' | 'message'> & Partial<Pick<FstoreError, 'fix' | 'problems'>>

export function errorLine({ code, message, fix }: ErrorLike): string {
  return `**${code}** ${inline(message)}${fix === undefined ? '' : `<br>fix: ${inline(fix)}`}`
}

export function problemLines({ problems = [] }: ErrorLike): string[] {
  if (problems.length === 0) return []
  return [problems.map(({ path, message }) => `- ${inline(path)}: ${inline(message)}`).join('\n')]
}
