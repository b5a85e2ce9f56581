import { describe, expect, test } from '@jest/globals'
import { readDotEnv, readEnvironment, resolveProfile } from '../../src/config/environment.js'
import type { ProfileSpec, Project } from '../../src/config/project.js'
import { env } from '../../src/index.js'
import { inFolder } from './folder.js'

const project = (profiles: Record<string, ProfileSpec> = {}): Project => ({
  name: 'demo',
  schema: 'fstore',
  groups: [],
  onDemand: [],
  services: [],
  datasets: [],
  profiles,
})

describe('.env', () => {
  test('gives what the process does not set; empty is unset', () =>
    inFolder({ '.env': 'A=1\nB="two words"\nC=3\n# D=4\nE=\n' }, async (root) => {
      expect(await readDotEnv(root)).toEqual({ A: '1', B: 'two words', C: '3', E: '' })
      expect(await readEnvironment(root, { A: 'own', B: '', F: 'x' })).toEqual({
        A: 'own',
        B: 'two words',
        C: '3',
        E: '',
        F: 'x',
      })
    }))

  test('stands back behind .env.local', () =>
    inFolder({ '.env': 'A=1\nB=2', '.env.local': 'B=3' }, async (root) =>
      expect(await readDotEnv(root)).toEqual({ A: '1', B: '3' }),
    ))

  test('need not be there', () => inFolder({}, async (root) => expect(await readDotEnv(root)).toEqual({})))
})

describe('the default profile', () => {
  test('is embedded where nothing is set', () => {
    expect(resolveProfile({ project: project(), env: {} })).toEqual({ name: 'default', tenant: 'default' })
    const empty = { DATABASE_URL: '', REDIS_URL: '', FSTORE_TENANT: '', FSTORE_PROFILE: '' }
    expect(resolveProfile({ project: project(), env: empty })).toEqual({ name: 'default', tenant: 'default' })
  })

  test('takes the usual variables', () => {
    const variables = { DATABASE_URL: 'd', DIRECT_URL: 'x', REDIS_URL: 'r', FSTORE_TENANT: 'acme' }
    expect(resolveProfile({ project: project({ prod: {} }), env: variables })).toEqual({
      name: 'default',
      database: 'd',
      directUrl: 'x',
      redis: 'r',
      tenant: 'acme',
    })
  })

  test('says all there is where it is declared', () => {
    const profiles = { default: { tenant: 'own' } }
    expect(resolveProfile({ project: project(profiles), env: { DATABASE_URL: 'd' } })).toEqual({
      name: 'default',
      tenant: 'own',
    })
  })
})

describe('a declared profile', () => {
  const prod = {
    database: `${env('PROD_URL')}?sslmode=require`,
    redis: env('R', 'redis://local'),
    tenant: env('T', ''),
  }

  test('has its placeholders filled in', () => {
    const expected = { name: 'prod', database: 'pg://x?sslmode=require', redis: 'redis://local', tenant: 'default' }
    const options = { project: project({ prod }), env: { PROD_URL: 'pg://x' } }
    expect(resolveProfile({ ...options, profile: 'prod' })).toEqual(expected)
    expect(resolveProfile({ ...options, env: { ...options.env, FSTORE_PROFILE: 'prod' } })).toEqual(expected)
  })

  test('survives JSON', () => {
    const restored = JSON.parse(JSON.stringify(project({ prod }))) as Project
    const fallback = env('X', 'a}b:-c"$&')
    expect(resolveProfile({ project: restored, profile: 'prod', env: { PROD_URL: '$&' } }).database).toBe(
      '$&?sslmode=require',
    )
    expect(resolveProfile({ project: project({ p: { redis: fallback } }), profile: 'p', env: {} }).redis).toBe(
      'a}b:-c"$&',
    )
  })

  test('names the variable that is missing', () => {
    const resolve = () => resolveProfile({ project: project({ prod }), profile: 'prod', env: { PROD_URL: '' } })
    expect(resolve).toThrow(
      expect.objectContaining({ code: 'ENV_MISSING', message: 'The environment variable PROD_URL is not set.' }),
    )
    expect(resolve).toThrow(expect.objectContaining({ why: 'The profile "prod" reads it for its database.' }))
  })

  test.each([
    ['prd', 'Did you mean "prod"?'],
    ['toString', expect.stringContaining('--profile')],
  ])('%s is unknown', (profile, fix) => {
    const resolve = () => resolveProfile({ project: project({ prod }), profile, env: {} })
    expect(resolve).toThrow(expect.objectContaining({ code: 'PROFILE_UNKNOWN', fix }))
  })
})

test('env() refuses what cannot be the name of a variable', () => {
  expect(() => env('DATABASE-URL')).toThrow('not the name of an environment variable')
})
