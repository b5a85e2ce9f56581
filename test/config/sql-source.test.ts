import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readSql } from '../../src/config/sql-source.js'
import { sql } from '../../src/index.js'
import { inFolder } from './folder.js'

describe('sqlFile', () => {
  test('is read relative to the root', () =>
    inFolder({ 'features/a.sql': 'SELECT 1\n' }, async (root) => {
      const file = join(root, 'features/a.sql')
      expect(await readSql({ source: { file: 'features/a.sql' }, root })).toEqual({
        text: 'SELECT 1\n',
        file,
        line: 1,
        column: 1,
      })
    }))

  test('that is missing names its neighbour', () =>
    inFolder({ 'features/routes.sql': '' }, async (root) => {
      await expect(readSql({ source: { file: 'features/route.sql' }, root })).rejects.toMatchObject({
        code: 'SQL_FILE_MISSING',
        message: "sqlFile('features/route.sql'): there is no such file.",
        where: { file: join(root, 'features/route.sql') },
        fix: 'Did you mean "features/routes.sql"?',
      })
    }))

  test('in a folder that is missing, or that is one', () =>
    inFolder({ 'features/a.sql': '' }, async (root) => {
      const missing = readSql({ source: { file: 'feature/a.sql' }, root })
      await expect(missing).rejects.toMatchObject({ why: `There is no folder ${join(root, 'feature')}.` })
      await expect(readSql({ source: { file: 'features' }, root })).rejects.toMatchObject({ code: 'SQL_FILE_MISSING' })
    }))
})

describe('inline SQL', () => {
  const text = '\n  SELECT 1\n'

  test('has the line and column it begins at, also where lines end in CRLF', async () => {
    for (const end of ['\n', '\r\n']) {
      const config = ['// a config', 'const x = sql`', '  SELECT 1', '`'].join(end)
      await inFolder({ 'c.ts': config }, async (root) => {
        const file = join(root, 'c.ts')
        expect(await readSql({ source: { text }, root, configFile: file })).toEqual({ text, file, line: 2, column: 15 })
      })
    }
  })

  test('may be in a file that the config imports', () =>
    inFolder({ 'c.ts': '', 'features/b.ts': 'sql`\n  SELECT 1\n`' }, async (root) => {
      const files = [join(root, 'c.ts'), join(root, 'features/b.ts')]
      expect(await readSql({ source: { text }, root, files })).toMatchObject({ file: files[1], line: 1 })
    }))

  test('may be nowhere', () =>
    inFolder({}, async (root) => {
      expect(await readSql({ source: { text }, root, configFile: join(root, 'c.ts') })).toEqual({
        text,
        line: 1,
        column: 1,
      })
    }))
})

describe('sql', () => {
  test('keeps its text as written', () => {
    expect(sql`
      SELECT '\d+', 'it''s', $$a$$ -- \`x\` \${y}
    `).toEqual({ text: `\n      SELECT '\\d+', 'it''s', $$a$$ -- \`x\` \${y}\n    ` })
  })

  test('takes no values', () => {
    const splice = sql as (strings: TemplateStringsArray, ...values: unknown[]) => unknown
    expect(() => splice`SELECT ${1}`).toThrow(expect.objectContaining({ code: 'SQL_INVALID' }))
    expect(() => (sql as unknown as (text: string) => unknown)('SELECT 1')).toThrow('called as a function')
  })
})
