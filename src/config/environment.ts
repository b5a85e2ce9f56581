import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { FstoreError } from '../errors.js'
import { didYouMean } from './did-you-mean.js'
import { resolveEnv } from './env.js'
import type { ProfileSpec, Project } from './project.js'

export type Variables = Readonly<Record<string, string | undefined>>

/** Where the data is, with everything filled in. */
export interface ResolvedProfile {
  readonly name: string
  /** A Postgres URL. Absent: embedded, in `.fstore/`. */
  readonly database?: string
  readonly directUrl?: string
  readonly redis?: string
  readonly tenant: string
}

/**
 * The variables of `<root>/.env`, under those of `<root>/.env.local`; none where there is no such file, or only a folder
 * of that name.
 *
 * @throws FstoreError CONFIG_FAILED where one cannot be read: what it says must not be passed over in silence.
 */
export async function readDotEnv(root: string): Promise<Record<string, string>> {
  const [shared, local] = await Promise.all([readVariables(root, '.env'), readVariables(root, '.env.local')])
  return { ...shared, ...local }
}

async function readVariables(root: string, name: string): Promise<Record<string, string>> {
  const file = join(root, name)
  const text = await readFile(file, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    if (code === 'ENOENT' || code === 'EISDIR') return ''
    throw new FstoreError('CONFIG_FAILED', `The file ${name} cannot be read: ${code}.`, {
      where: { file },
      fix: 'Make it readable, or remove it.',
    })
  })
  return Object.fromEntries(Object.entries(parseEnv(text)).filter((pair): pair is [string, string] => pair[1] != null))
}

/** The process's variables over those of `<root>/.env` and `.env.local`. An empty one is unset, and hides nothing. */
export async function readEnvironment(root: string, own: Variables = process.env): Promise<Record<string, string>> {
  const merged = { ...(await readDotEnv(root)) }
  for (const [name, value] of Object.entries(own)) if (value) merged[name] = value
  return merged
}

/**
 * The profile asked for, else the one `FSTORE_PROFILE` names, else `default`. Where the config declares no `default`,
 * that is `DATABASE_URL`, `DIRECT_URL` and `REDIS_URL`, as far as they are set.
 *
 * @throws FstoreError PROFILE_UNKNOWN, or ENV_MISSING where a variable that the profile reads is not set.
 */
export function resolveProfile(options: {
  readonly project: Project
  readonly profile?: string | undefined
  readonly env: Variables
}): ResolvedProfile {
  const { project, env } = options
  const name = options.profile || env.FSTORE_PROFILE || 'default'
  const declared = Object.hasOwn(project.profiles, name) ? project.profiles[name] : undefined
  if (!declared && name !== 'default') throw unknownProfile(name, Object.keys(project.profiles))
  const spec = declared ?? { database: env.DATABASE_URL, directUrl: env.DIRECT_URL, redis: env.REDIS_URL }
  const { tenant = env.FSTORE_TENANT || 'default', ...urls } = resolved(spec, name, env)
  return { name, ...urls, tenant }
}

type Unresolved = { readonly [K in keyof ProfileSpec]: string | undefined }

/** The settings that are set, placeholders filled in. */
function resolved(spec: Unresolved, profile: string, env: Variables): ProfileSpec {
  const settings = Object.entries(spec).flatMap(([setting, text]) => {
    const result = resolveEnv(text ?? '', env)
    if ('missing' in result) throw missingVariable({ variable: result.missing, profile, setting })
    return result.text === '' ? [] : [[setting, result.text] as const]
  })
  return Object.fromEntries(settings)
}

function unknownProfile(name: string, declared: readonly string[]): FstoreError {
  const known = [...new Set([...declared, 'default'])]
  return new FstoreError('PROFILE_UNKNOWN', `The config has no profile "${name}".`, {
    why: `Its profiles are ${known.join(', ')}.`,
    fix: didYouMean(name, known) || 'Choose one of them with --profile or FSTORE_PROFILE.',
  })
}

function missingVariable(options: { variable: string; profile: string; setting: string }): FstoreError {
  const { variable, profile, setting } = options
  return new FstoreError('ENV_MISSING', `The environment variable ${variable} is not set.`, {
    why: `The profile "${profile}" reads it for its ${setting}.`,
    fix: `Set ${variable}, or write it into .env beside the config.`,
  })
}
