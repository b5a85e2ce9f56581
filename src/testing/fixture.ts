/** A test of a group's SQL as a file of JSON: the rows it reads, an instant, and what is to be known then. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { didYouMean } from '../config/did-you-mean.js'
import { parseInstant } from '../config/instant.js'
import type { GroupSpec, Project } from '../config/project.js'
import { FstoreError } from '../errors.js'

const json = z.record(z.string(), z.unknown())
const text = z.string().regex(/^[^\0]+$/, 'is empty, or holds a zero byte')
const table = text.regex(/^[^.]+(\.[^.]+)?$/, 'is neither a table nor schema.table')

const shape = z.strictObject({
  group: z.string(),
  description: z.string().optional(),
  /** Windows run from here, one up to `at` where it is absent. */
  start: z.string().optional(),
  at: z.string(),
  tenant: text.optional(),
  tables: z.record(table, z.strictObject({ columns: z.record(text, z.string()), rows: z.array(json) })),
  expect: z.array(json).min(1),
})

export type Fixture = z.infer<typeof shape>
export type FixtureTable = Fixture['tables'][string]

/** @throws FstoreError FIXTURE_INVALID, NAME_UNKNOWN, TIMESTAMP_INVALID */
export async function readFixture(file: string, project: Project): Promise<Fixture> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw invalid(file, `The fixture cannot be read: ${error.code}.`, 'Check the path.')
  })
  const fixture = parsed(text, file)
  const group = groupOf(project, fixture, file)
  for (const at of [fixture.at, fixture.start]) if (at !== undefined) parseInstant(at)
  for (const row of fixture.expect) checkNames(row, group, file)
  return fixture
}

function parsed(text: string, file: string): Fixture {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(file, `The fixture is not JSON: ${(error as Error).message}.`, 'Mend it, or record it anew.')
  }
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.') || '(the whole)',
    message,
  }))
  throw new FstoreError('FIXTURE_INVALID', 'The fixture is not one.', {
    where: { file },
    problems,
    fix: 'See docs/testing.md, or have one written: fstore test --record GROUP KEY.',
  })
}

function groupOf(project: Project, { group: name }: Fixture, file: string): GroupSpec {
  const names = project.groups.map((group) => group.name)
  const group = project.groups.find((one) => one.name === name)
  if (group === undefined)
    throw new FstoreError('NAME_UNKNOWN', `The config has no group "${name}" that it could compute.`, {
      where: { file },
      fix: didYouMean(name, names) || `Groups: ${names.join(', ')}.`,
    })
  if (group.sourceType === 'batch') return group
  throw new FstoreError('NOT_COMPUTED', `${name} is not computed by windows, which is what a fixture tests.`, {
    where: { file },
    fix: 'Test what its values are with store.setFeatures or store.ingest and store.getFeatures.',
  })
}

function checkNames(row: Record<string, unknown>, { entity, features }: GroupSpec, file: string): void {
  const known = [...entity.keys, ...features].map(({ name }) => name)
  for (const name of Object.keys(row))
    if (!known.includes(name))
      throw invalid(file, `What is expected names "${name}".`, didYouMean(name, known) || `Names: ${known.join(', ')}.`)
  const missing = entity.keys.find(({ name }) => row[name] === undefined)
  if (missing !== undefined) throw invalid(file, `What is expected lacks the key "${missing.name}".`, 'Add it.')
}

function invalid(file: string, message: string, fix: string): FstoreError {
  return new FstoreError('FIXTURE_INVALID', message, { where: { file }, fix })
}
