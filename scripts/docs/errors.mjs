// docs/errors.md: exit codes and the catalogue of errors.

import { built } from './root.mjs'

const exits = `| exit | meaning |
| ---: | --- |
| 0 | done |
| 1 | a bug in fstore |
| 2 | wrong usage or config |
| 3 | the work failed, even in part |
| 4 | finished, with findings |
| 5 | a backend cannot be reached |
| 6 | locked by another process |
| 130 | interrupted |`

export async function errorsPage() {
  const { catalogue } = await built('errors.js')
  const rows = Object.entries(catalogue).map(([code, [exit, meaning]]) => `| \`${code}\` | ${exit} | ${meaning} |`)
  return `# Errors and exit codes

Every error has a stable code, says what happened, where and why, and how to mend it. Made by \`npm run docs\`.

${exits}

| code | exit | meaning |
| --- | ---: | --- |
${rows.join('\n')}
`
}
