// At the end of a run of many suites: which took longest, and how many tests there were, also in the file that
// FSTORE_TEST_TOTALS names.

import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'

const many = 20
const shown = 12

export default class Reporter {
  onRunComplete(_, { testResults, numPassedTests, numFailedTests, numPendingTests, numTodoTests }) {
    const suites = testResults.filter(({ perfStats }) => perfStats.runtime > 0)
    if (suites.length >= many) console.error(`\nSlowest of ${suites.length} suites:\n${slowest(suites).join('\n')}`)
    // A suite that could not even start has failed, too.
    const broken = testResults.filter(({ testExecError }) => testExecError !== undefined).length
    const totals = `${numPassedTests} passed, ${numFailedTests + broken} failed, ${numPendingTests + numTodoTests} skipped`
    if (process.env.FSTORE_TEST_TOTALS) writeFileSync(process.env.FSTORE_TEST_TOTALS, `${totals}\n`)
  }
}

function slowest(suites) {
  const sorted = [...suites].sort((a, b) => b.perfStats.runtime - a.perfStats.runtime).slice(0, shown)
  return sorted.map(({ perfStats, testFilePath }) => {
    const seconds = (perfStats.runtime / 1000).toFixed(1).padStart(7)
    return `${seconds} s  ${relative(process.cwd(), testFilePath)}`
  })
}
