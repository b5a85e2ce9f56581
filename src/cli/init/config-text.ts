/** The config of a project whose first group is over a table of the user's own. */
import type { GroupText } from './group-text.js'
import { quoted, variable } from './name.js'

/** Where a group's windows begin and end, each with why. */
export interface Bounds {
  readonly start?: Bound
  readonly end?: Bound
}

interface Bound {
  readonly day: string
  readonly why: string
}

/** Variables that the database's URLs are in, where they are not those that fstore looks for. */
export interface UrlVariables {
  readonly database: string
  readonly directUrl?: string
}

export interface ConfigOptions {
  readonly project: string
  readonly schema: string
  readonly group: GroupText
  /** Of the table, as people know it. */
  readonly source: string
  readonly bounds: Bounds
  /** Its SQL asks for one tenant's rows. */
  readonly hasTenant: boolean
  readonly variables?: UrlVariables
}

export function configText({ project, schema, group, source, bounds, hasTenant, variables }: ConfigOptions): string {
  const entity = variable(group.entity, 'Entity')
  const own = variable(group.name, 'Group', [entity])
  const imports = [
    'batch',
    'defineConfig',
    'entity',
    'sqlFile',
    ...group.builders,
    ...(variables ? ['env'] : []),
  ].sort()
  const keys = Object.entries(group.keys).map(([name, type]) => `${name}: '${type}'`)
  const bound = (name: string, { day, why }: Bound) => `  ${name}: '${day}', // ${why}\n`
  return `import { ${imports.join(', ')} } from 'featurestore'

const ${entity} = entity('${group.entity}', { ${keys.join(', ')} })

export const ${own} = batch('${group.name}', {
  description: ${quoted(`What the rows of ${source} say of each ${group.entity}`)},
  entity${entity === 'entity' ? '' : `: ${entity}`},
  every: '1d',
${bounds.start ? bound('start', bounds.start) : ''}${bounds.end ? bound('end', bounds.end) : ''}${hasTenant ? tenantNote : ''}  sql: sqlFile('features/${group.name}.sql'),
  features: {
${group.features.map((line) => `    ${line}`).join('\n')}
  },
})

export default defineConfig({
  project: '${project}',
${schema === 'fstore' ? '' : `  schema: '${schema}', // "fstore" is another project's\n`}  groups: [${own}],
${variables ? profileText(variables) : ''}})
`
}

/** Without a tenant it would be `default`, whose rows there are none of. Its name is data, and stays out of the code. */
const tenantNote = `  // Of one tenant's rows (:tenant_id): fstore build --tenant NAME --create-tenant, fstore get … --tenant NAME.
`

function profileText({ database, directUrl }: UrlVariables): string {
  const direct = directUrl === undefined ? `env('DIRECT_URL', '')` : `env('${directUrl}')`
  return `  profiles: {
    default: { database: env('${database}'), directUrl: ${direct}, redis: env('REDIS_URL', '') },
  },
`
}
