/** Tables for programs: a line of names, then values with tabs between them, as PostgreSQL's COPY escapes them. */

export type Fields<Row> = Readonly<Record<string, (row: Row) => unknown>>

export function tsv<Row>(fields: Fields<Row>, rows: readonly Row[]): string {
  const lines = rows.map((row) => Object.values(fields).map((of) => escaped(text(of(row)))))
  return [Object.keys(fields).map(escaped), ...lines].map((cells) => `${cells.join('\t')}\n`).join('')
}

function text(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z')
  if (value instanceof Float32Array) return JSON.stringify(Array.from(value))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** Other control characters would obey to whoever looks at it in a terminal after all. */
function escaped(text: string): string {
  return text
    .replace(/[\\\t\n\r]/g, (character) => escapes[character] as string)
    .replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
