import { FstoreError } from '../errors.js'
import { mark } from './marker.js'

/** SQL of a transform, inline or in a file. */
export type Sql = { readonly text: string } | { readonly file: string }

/**
 * One SELECT, inline. It is kept exactly as written, so that errors can name its lines. It takes no `${}`: nothing is
 * ever spliced into SQL; use the parameters `:start_time`, `:end_time` and `:tenant_id`.
 *
 * @throws FstoreError SQL_INVALID where a value is interpolated.
 */
export function sql(strings: TemplateStringsArray, ...values: never[]): Sql {
  if (!Array.isArray(strings) || !Array.isArray(strings.raw)) {
    throw new FstoreError('SQL_INVALID', 'sql is a template tag and was called as a function.', {
      fix: 'Write sql`SELECT …`, or keep the SQL in a file and use sqlFile(path).',
    })
  }
  if (values.length > 0) {
    throw new FstoreError('SQL_INVALID', 'sql`…` takes no interpolated values.', {
      why: 'What is spliced into SQL text can change its meaning.',
      fix: 'Use the parameters :start_time, :end_time and :tenant_id, or write the value into the SQL.',
    })
  }
  // Raw, because SQL's own backslashes ('\d+') are not JavaScript's.
  const text = (strings.raw[0] ?? '').replaceAll('\\`', '`').replaceAll('\\${', '${')
  return mark('sql', { text })
}

/** One SELECT in a file; the path is relative to the config's folder. Read when planning and building, not before. */
export function sqlFile(path: string): Sql {
  return mark('sql', { file: path })
}
