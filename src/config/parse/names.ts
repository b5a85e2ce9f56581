/** Columns that every feature table has, and those of Postgres itself. */
const inFeatureTables = new Set([
  'tenant_id',
  'event_timestamp',
  'created_at',
  'superseded_at',
  'written_at',
  'job_id',
  'xid',
  'tableoid',
  'xmin',
  'cmin',
  'xmax',
  'cmax',
  'ctid',
])

/** Columns that every spine has. */
const inSpines = new Set(['event_timestamp', 'tenant_id', 'fstore_ordinal'])

/** Postgres cuts names at 63 bytes; a group's name also carries `__`, a fingerprint, and a partition's suffix. */
export const longest = {
  group: 40,
  schema: 40,
  entity: 40,
  feature: 59,
  key: 59,
  service: 40,
  alias: 40,
  'join key': 59,
  dataset: 40,
  label: 59,
  'request field': 59,
  measure: 40,
} as const

/** What is wrong with a name, and a name that would do; undefined where nothing is. */
export function nameProblem(name: unknown, kind: keyof typeof longest): { message: string; fix?: string } | undefined {
  if (typeof name !== 'string' || name === '')
    return { message: `${kind === 'alias' ? 'an' : 'a'} ${kind} needs a name` }
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    const snake = snakeCase(name)
    return {
      message: `"${name}" is not lower-case letters, digits and underscores, beginning with a letter`,
      ...(snake && { fix: `Name it "${snake}".` }),
    }
  }
  if (name.length > longest[kind]) {
    return { message: `"${name}" has ${name.length} characters; a ${kind} may have ${longest[kind]}` }
  }
  if ((kind === 'group' || kind === 'alias') && (name.includes('__') || name.endsWith('_'))) {
    return { message: `"${name}" has a double underscore or ends in one; they part the name from the rest` }
  }
  if (kind === 'measure' && (name.includes('__') || name.endsWith('_'))) {
    return { message: `"${name}" has a double underscore or ends in one; they part the names of its features` }
  }
  if (kind === 'schema' && (/^pg_/.test(name) || name === 'public' || name === 'information_schema')) {
    return { message: `"${name}" belongs to Postgres or to the application`, fix: 'Choose a schema of its own.' }
  }
  if ((kind === 'label' || kind === 'join key' || kind === 'request field') && inSpines.has(name)) {
    return { message: `"${name}" is a column of every spine`, fix: `Choose another name for the ${kind}.` }
  }
  if ((kind === 'feature' || kind === 'key') && inFeatureTables.has(name)) {
    return { message: `"${name}" is a column of every feature table`, fix: `Choose another name for the ${kind}.` }
  }
  return undefined
}

/** The name in lower case with underscores; undefined where nothing of it is left. */
export function snakeCase(name: string): string | undefined {
  const snake = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[^a-z]+|_+$/g, '')
  return snake === '' ? undefined : snake
}
