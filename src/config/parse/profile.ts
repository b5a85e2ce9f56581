import type { ProfileSpec } from '../project.js'
import { field, readFields } from './fields.js'
import { type Report, show } from './report.js'

const url = (schemes: readonly string[]) =>
  field((value) => {
    if (typeof value !== 'string') return { message: 'is not text', fix: "Use env('DATABASE_URL')" }
    const sound =
      value === '' || value.startsWith('${env:') || schemes.some((scheme) => value.startsWith(`${scheme}://`))
    return sound ? { value } : { message: `is not a URL that begins with ${schemes[0]}://` }
  })

const database = url(['postgres', 'postgresql'])

const tenant = field((value) => (typeof value === 'string' ? { value } : { message: 'is not text' }))

const redis = url(
  ['redis', 'rediss', 'valkey', 'valkeys'].flatMap((name) => [name, `${name}-cluster`, `${name}-sentinel`]),
)

const shape = { database, directUrl: database, redis, tenant }

/** Reads the profiles. Their URLs may hold passwords: no message repeats one. */
export function parseProfiles(raw: unknown, report: Report): Record<string, ProfileSpec> {
  if (raw === undefined) return {}
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    report('profiles', 'is not an object', "Write profiles: { prod: { database: env('DATABASE_URL') } }")
    return {}
  }
  const profiles: [string, ProfileSpec][] = []
  for (const [name, fields] of Object.entries(raw)) {
    const path = `profiles.${name}`
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(name)) report(path, `${show(name)} is not a profile's name`)
    if (typeof fields !== 'object' || fields === null) report(path, 'is not an object')
    else profiles.push([name, readFields({ raw: fields, shape, path, what: 'a profile', report })])
  }
  return Object.fromEntries(profiles)
}
