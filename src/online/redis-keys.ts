/** The names that a project's data has in Redis. Every part is encoded, so that no two things share a name. */
import type { KeyTexts } from '../config/key.js'

export interface VersionName {
  readonly group: string
  readonly fingerprint: string
}

export interface RowName extends VersionName {
  readonly project: string
  readonly tenant: string
  readonly entity: string
  readonly key: KeyTexts
}

/** `fs:{project:tenant:entity:key}:group@fingerprint`; the braces keep an entity's rows in one slot of a cluster. */
export function rowName({ key, ...row }: RowName): string {
  return rowNaming(row)(key)
}

/** The same for many keys. */
export function rowNaming({ project, tenant, entity, ...version }: Omit<RowName, 'key'>): (key: KeyTexts) => string {
  const head = `fs:{${[project, tenant, entity].map(encode).join(':')}:`
  const tail = `}:${versionField(version)}`
  return (key) => head + (key.length === 1 ? encode(key[0] as string) : key.map(encode).join(':')) + tail
}

/** What `rowName` was given; undefined for any other name. */
export function parseRowName(name: string): RowName | undefined {
  const match = /^fs:\{([^{}@]+)\}:([^{}:@]+)@([\da-f]+)$/.exec(name)
  const [project, tenant, entity, ...key] = (match?.[1] ?? '').split(':').map(decode)
  if (match === null || project === undefined || tenant === undefined || entity === undefined) return undefined
  return { project, tenant, entity, key, group: decode(match[2] as string), fingerprint: match[3] as string }
}

/** What the names of all rows of a project, or of one of its tenants, begin with. */
export function rowPrefix(project: string, tenant?: string): string {
  return `fs:{${encode(project)}:${tenant === undefined ? '' : `${encode(tenant)}:`}`
}

/** `group@fingerprint`. */
export function versionField({ group, fingerprint }: VersionName): string {
  return `${encode(group)}@${fingerprint}`
}

/** The version that the text of a group in `active` names: what follows the epoch. */
export function servedVersion(group: string, text: string): VersionName {
  return { group, fingerprint: text.slice(text.indexOf(':') + 1) }
}

/** @param active by group, as Redis has it */
export function isServed(active: ReadonlyMap<string, string>, { group, fingerprint }: VersionName): boolean {
  const text = active.get(group)
  return text !== undefined && servedVersion(group, text).fingerprint === fingerprint
}

/** `tenant:group@fingerprint`. */
export function syncedField(tenant: string, version: VersionName): string {
  return `${encode(tenant)}:${versionField(version)}`
}

/** All in one slot of a cluster, so that one script may change several. */
export interface ProjectKeys {
  /** Hash: group to `epoch:fingerprint` of the version that readers see. */
  readonly active: string
  /** A number that rises with every change of `active`. */
  readonly changes: string
  /** Hash: `group@fingerprint` to what a reader must know of a version, as JSON. */
  readonly versions: string
  /** Hash: `tenant:group@fingerprint` to how far its rows have been sent, as JSON. */
  readonly synced: string
  /** Text: the database that the values come from. */
  readonly store: string
  /** Channel: names of rows that were written, as a JSON array, or `*`. */
  readonly written: string
}

export function projectKeys(project: string): ProjectKeys {
  const head = `fs:{${encode(project)}}`
  return {
    active: `${head}:active`,
    changes: `${head}:changes`,
    versions: `${head}:versions`,
    synced: `${head}:synced`,
    store: `${head}:store`,
    written: `${head}:written`,
  }
}

function encode(part: string): string {
  return /[{}:@%]/.test(part)
    ? part.replace(/[{}:@%]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    : part
}

function decode(part: string): string {
  return part.replace(/%([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
