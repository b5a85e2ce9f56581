/** Text of SQL: names and constants quoted, values bound. Nothing else may put foreign text into a statement. */

/** Bytes of a name; PostgreSQL cuts longer ones, without a word. */
export const longestName = 63

/** A quoted name, dotted when it has several parts: `identifier('fstore', 'group')` is `"fstore"."group"`. */
export function identifier(...parts: readonly [string, ...string[]]): string {
  return parts.map(quoted).join('.')
}

function quoted(name: string): string {
  if (name === '' || name.includes('\0')) throw new TypeError('A name in SQL is empty or holds a zero byte')
  return `"${name.replaceAll('"', '""')}"`
}

/** A quoted string constant, right whatever `standard_conforming_strings` says. Values belong in parameters. */
export function literal(text: string): string {
  if (text.includes('\0')) throw new TypeError('A constant in SQL holds a zero byte')
  const quotes = text.replaceAll("'", "''")
  return text.includes('\\') ? `E'${quotes.replaceAll('\\', '\\\\')}'` : `'${quotes}'`
}

/** The values of a statement while its text is put together. */
export interface Parameters {
  /** In the order of `$1…`. */
  readonly values: readonly unknown[]
  /** Adds a value and returns its placeholder, such as `$3`. */
  bind(value: unknown): string
}

/** Starts an empty list of parameters. */
export function parameters(...first: readonly unknown[]): Parameters {
  const values = [...first]
  return {
    values,
    bind(value) {
      values.push(value)
      return `$${values.length}`
    },
  }
}
