/** The text formats of exports: what heads a file, and names that are unlike PostgreSQL's own. */
import { expect, test } from '@jest/globals'
import { openPrinter, print } from '../../src/training/print.js'
import type { Format } from '../../src/training/printer.js'
import { describeEachDatabase } from '../servers/databases.js'

describeEachDatabase((given) => {
  async function printed(format: Format, names: readonly string[], ...selects: readonly string[]): Promise<string> {
    let text = ''
    const printer = await openPrinter(format, (bytes) => {
      text += Buffer.from(bytes).toString()
    })
    await given.db.transaction({ role: 'owner' }, async (tx) => {
      for (const select of selects) await print(printer, tx, { select, names, turn: Promise.resolve() })
    })
    await printer.end()
    return text
  }

  const long = ['a', 'b', `"\\é`].map((end) => `${'x'.repeat(70)}${end}`)
  const rows = `SELECT 1 AS a, NULL::text AS b, 'NaN'::float8 AS c UNION ALL SELECT NULL, '"', 0.5`

  test('one header stands over the rows of all parts', async () => {
    expect(await printed('csv', ['a'], 'SELECT 1 AS a', 'SELECT 2 AS a')).toBe('a\n1\n2\n')
  })

  test('a header stands over no rows', async () => {
    expect(await printed('csv', ['a', 'b'], 'SELECT 1, 2 WHERE false')).toBe('a,b\n')
    expect(await printed('jsonl', ['a', 'b'], 'SELECT 1, 2 WHERE false')).toBe('')
  })

  test.each(['plain', 'with space', 'a,b', 'a"b', 'two\nlines'])('a column may be called %j', async (name) => {
    const csv = await printed('csv', [name], `SELECT 1 AS "${name.replaceAll('"', '""')}"`)
    expect(csv).toBe(/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"\n1\n` : `${name}\n1\n`)
  })

  test('names longer than PostgreSQL allows are whole', async () => {
    const [first, second, third] = long as [string, string, string]
    expect(await printed('csv', long, rows)).toBe(
      `${first},${second},"${third.replace('"', '""')}"\n1,,NaN\n,"""",0.5\n`,
    )
    const lines = (await printed('jsonl', long, rows)).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { [first]: 1, [second]: null, [third]: 'NaN' },
      { [first]: null, [second]: '"', [third]: 0.5 },
    ])
  })

  test('long names change nothing but themselves', async () => {
    const select = `SELECT now() AS a, ARRAY[1.5, NULL]::float8[] AS b, '{"k": [1, "x"]}'::jsonb AS c`
    const short = await printed('jsonl', ['a', 'b', 'c'], select)
    const renamed = await printed('jsonl', ['a', 'b', 'c'.repeat(64)], select)
    const keys = (text: string) => text.replace('c'.repeat(64), 'c').replace(/\d\d:\d\d:\d\d\.\d+/, '')
    expect(keys(renamed)).toBe(keys(short))
  })
})
