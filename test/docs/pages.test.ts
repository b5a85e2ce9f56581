/** Every sample is checked or says why not, data can be parsed, and links lead somewhere. */
import { expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { type Block, misspelt } from './blocks.js'
import { isTranscript } from './commands.js'
import { brokenLinks } from './links.js'
import { readPages, writtenPages } from './pages.js'

const parsers: Readonly<Record<string, (code: string) => void>> = {
  json: (code) => JSON.parse(code),
  yaml: (code) => {
    for (const { errors } of parseAllDocuments(code)) if (errors[0] !== undefined) throw errors[0]
  },
  ini: (code) => {
    for (const line of code.split('\n')) if (!/^(|[#;].*|\[\w+\]|\w+=.*)$/.test(line)) throw new Error(line)
  },
}
const checkedElsewhere = ['ts', 'sh', 'sql']

function problemOf(block: Block): string | undefined {
  const { language, code, says } = block
  if (says['not run'] !== undefined) return says['not run'].length > 8 ? undefined : 'does not say why it is not run'
  if (says['saved as'] !== undefined || checkedElsewhere.includes(language) || isTranscript(block)) return undefined
  const parse = parsers[language]
  if (parse === undefined) return `has no treatment (${language || 'no language'}); see test/docs/blocks.ts`
  try {
    parse(code)
    return undefined
  } catch (error) {
    return String(error)
  }
}

test('every sample is checked, or says why not', async () => {
  const pages = await writtenPages()
  const problems = pages.flatMap(({ name, text, blocks }) => [
    ...misspelt(text).map((comment) => `${name}: what is ${comment}?`),
    ...blocks.flatMap((block) => {
      const problem = problemOf(block)
      return problem === undefined ? [] : [`${name}:${block.line}: ${problem}`]
    }),
  ])
  expect(problems).toEqual([])
})

test('links and anchors lead somewhere', async () => {
  expect(brokenLinks(await readPages())).toEqual([])
})
