/** What a command came to, as a section of the page that GitHub shows of a job. */
import type { Outcome } from '../outcome.js'
import { buildSummary } from './build-summary.js'
import { driftSummary, testSummary, validateSummary, verifySummary } from './check-summary.js'
import { planSummary } from './plan-summary.js'
import { errorLine, glyphs, problemLines, type Section } from './section.js'

/** @returns Markdown; nothing of an outcome that has no such section */
export function summaryOf(command: string, outcome: Outcome): string | undefined {
  const section = sectionOf(outcome)
  if (section === undefined) return undefined
  const [how, ...paragraphs] = section
  return [`### ${glyphs[how]} fstore ${command}`, ...paragraphs].join('\n\n')
}

function sectionOf(outcome: Outcome): Section | undefined {
  switch (outcome.kind) {
    case 'plan':
      return [outcome.report.changes ? 'odd' : 'good', ...planSummary(outcome.report)]
    case 'build':
      return buildSummary(outcome.result)
    case 'validate':
      return validateSummary(outcome.validation)
    case 'test':
      return testSummary(outcome.fixtures)
    case 'drift':
      return driftSummary(outcome.report)
    case 'verify':
      return verifySummary(outcome.report)
    case 'error':
      return ['bad', errorLine(outcome.error), ...problemLines(outcome.error)]
    default:
      return undefined
  }
}
