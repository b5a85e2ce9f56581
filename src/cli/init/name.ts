/** Names that a config takes, made of names that a database has. */
import { nameProblem, snakeCase } from '../../config/parse/names.js'

type Kind = Parameters<typeof nameProblem>[1]

/** A name that is sound, and not among those taken: `fallback`, or one with a number, where nothing better is left. */
export function soundName(kind: Kind, text: string, fallback: string, taken: readonly string[] = []): string {
  const snake = (snakeCase(text) ?? '').replaceAll(/_+/g, '_').slice(0, 36).replace(/_+$/, '')
  const first = [snake, `${snake}_${kind}`, fallback].find((name) => nameProblem(name, kind) === undefined) ?? fallback
  if (!taken.includes(first)) return first
  for (let n = 2; ; n++) if (!taken.includes(`${first}_${n}`)) return `${first}_${n}`
}

/** `orders` is what there is of an `order`. */
export function singular(name: string): string {
  if (/ies$/.test(name)) return name.replace(/ies$/, 'y')
  if (/(ss|sh|ch|x)es$/.test(name)) return name.replace(/es$/, '')
  return /[^su]s$/.test(name) ? name.slice(0, -1) : name
}

/** What there are several of. */
export function plural(name: string): string {
  const one = singular(name)
  if (name !== one) return name
  if (/[^aeiou]y$/.test(one)) return one.replace(/y$/, 'ies')
  return /(s|sh|ch|x)$/.test(one) ? name : `${one}s`
}

/** A name as it is written in SQL. */
export function word(name: string): string {
  return keywords.has(name) ? `"${name}"` : name
}

/** What PostgreSQL 18 reserves, or would take for a type or a function. */
const keywords = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
   char character check coalesce collate collation column concurrently constraint create cross current_catalog
   current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
   desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group
   grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array
   json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value
   lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize not
   notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary
   real references returning right row select session_user setof similar smallint some substring symmetric system_user
   table tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic
   verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
   xmlroot xmlserialize xmltable`.split(/\s+/),
)

/** `user_orders` as a variable of the config: `userOrders`. */
export function variable(name: string, what: 'Entity' | 'Group', taken: readonly string[] = []): string {
  const camel = name.replaceAll(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()).replaceAll('_', '')
  return reserved.has(camel) || taken.includes(camel) ? `${camel}${what}` : camel
}

/** Words of the language, and what the config imports. */
const reserved = new Set(
  `await batch break case catch class const continue debugger default defineConfig delete do else entity enum env eval
   export extends false finally float64 for function if implements import in instanceof int64 interface let new null
   package private protected public return sqlFile static string super switch this throw timestamp true try typeof
   undefined var void while with yield bool arguments`.split(/\s+/),
)

/** A constant of TypeScript. */
export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
