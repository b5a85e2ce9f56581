/** The commands to type after init, as the project's package manager wants them. */

import { shellWord } from '../shell-word.js'
import type { TemplateName } from '../template.js'
import type { OwnProject } from './own-project.js'
import type { PackageManager, Surroundings } from './surroundings.js'

export interface Step {
  readonly command: string
  readonly why: string
}

const runners: Readonly<Record<PackageManager, string>> = {
  npm: 'npx fstore',
  pnpm: 'pnpm exec fstore',
  yarn: 'yarn fstore',
  bun: 'bunx fstore',
}

/** How fstore is called there; by npx where that is how it was called now. */
export function fstoreOf(
  around: Pick<Surroundings, 'package' | 'manager' | 'isInstalled'>,
  env: NodeJS.ProcessEnv,
): string {
  if (around.package !== undefined || around.isInstalled) return runners[around.manager]
  return env.npm_command === 'exec' ? 'npx featurestore' : 'fstore'
}

/** What comes before the first command. */
export function enterSteps(folder: string, { package: own, manager }: Surroundings): Step[] {
  const install = `${manager} ${manager === 'npm' ? 'install' : 'add'} featurestore`
  return [
    ...(folder === '' ? [] : [{ command: `cd ${shellWord(folder)}`, why: '' }]),
    ...(own === undefined || own.hasFstore ? [] : [{ command: install, why: 'with types for your editor' }]),
  ]
}

const examples: Readonly<Record<TemplateName, readonly [string, string]>> = {
  minimal: ['ada', 'the newest values of a user'],
  flights: ['SFO', 'the newest values of an airport'],
  conversations: ['user_001', 'the newest values of a user'],
}

/** @param isLoaded whether its example data are there */
export function templateSteps(template: TemplateName, fstore: string, isLoaded: boolean): Step[] {
  const [key, why] = examples[template]
  return [
    ...(isLoaded ? [] : [{ command: `${fstore} sql data/load.sql`, why: 'load the example data' }]),
    { command: `${fstore} build`, why: "compute every day's features" },
    { command: `${fstore} get ${key}`, why },
    { command: `${fstore} test`, why: 'run the SQL on the rows of tests/' },
  ]
}

/** @param grants what fstore's role still lacks */
export function ownSteps({ group, span, hasTenant }: OwnProject, fstore: string, grants: readonly string[]): Step[] {
  const tenant = hasTenant ? ` --tenant ${span.tenant === undefined ? 'NAME' : shellWord(span.tenant)}` : ''
  const names = Object.keys(group.keys)
  const bare = names.length === 1 && span.key !== undefined && /^[^-=][^=]*$/.test(span.key[0] as string)
  const key = bare
    ? shellWord(span.key[0] as string)
    : names.map((name, i) => shellWord(`${name}=${span.key?.[i] ?? '…'}`)).join(' ')
  const grant = [
    { command: `${fstore} migrate`, why: 'make the schemas and the role that fstore reads with' },
    { command: `${fstore} sql -c ${shellWord(grants.join(' '))}`, why: 'let it read your table' },
  ]
  const read = [
    { command: `${fstore} get ${key}${tenant}`, why: `the newest values of one ${group.entity}` },
    { command: `${fstore} test --record ${group.name} ${key}${tenant}`, why: 'keep that as a test of the SQL' },
  ]
  return [
    ...(grants.length === 0 ? [] : grant),
    { command: `${fstore} validate`, why: 'check config and SQL' },
    { command: `${fstore} build${tenant}${tenant && ' --create-tenant'}`, why: "compute every day's features" },
    ...(span.key === undefined ? [] : read),
  ]
}
