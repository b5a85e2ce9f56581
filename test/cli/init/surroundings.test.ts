/** What init sees of a project before it asks anything. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { foundLines } from '../../../src/cli/init/found.js'
import { enterSteps, fstoreOf } from '../../../src/cli/init/next.js'
import { lookAround, projectName } from '../../../src/cli/init/surroundings.js'
import { shellWord } from '../../../src/cli/shell-word.js'
import { inFolder } from '../../config/folder.js'

const url = (host: string) => `postgres://app:geheim@${host}/shop`
const schema = (text: string) => `generator client {\n provider = "prisma-client"\n}\ndatasource db {\n${text}\n}\n`

describe('an ORM', () => {
  const projects: Readonly<Record<string, readonly [Record<string, string>, object | undefined]>> = {
    'Prisma, with a URL past the pooler': [
      {
        'prisma/schema.prisma': schema(`  // url = env("OLD")
  provider  = "postgresql"
  url       = env("POSTGRES_URL")
  directUrl = env("POSTGRES_DIRECT")`),
      },
      { name: 'Prisma', isPostgres: true, variable: 'POSTGRES_URL', directVariable: 'POSTGRES_DIRECT' },
    ],
    'Prisma with its own config': [
      {
        'prisma.config.ts': `export default defineConfig({ schema: './db/main.prisma', datasource: { url: env<Env>('PG') } })`,
        'db/main.prisma': schema('provider = "postgresql"'),
      },
      { name: 'Prisma', file: 'db/main.prisma', isPostgres: true, variable: 'PG' },
    ],
    'Prisma on MySQL': [
      { 'prisma/schema.prisma': schema('provider = "mysql"\nurl = env("DATABASE_URL")') },
      { name: 'Prisma', isPostgres: false, variable: 'DATABASE_URL' },
    ],
    Drizzle: [
      {
        'drizzle.config.ts': `export default defineConfig({
  dialect: 'postgresql', // dialect: 'sqlite'
  dbCredentials: { url: process.env.PG_URL! },
})`,
      },
      { name: 'Drizzle', file: 'drizzle.config.ts', isPostgres: true, variable: 'PG_URL' },
    ],
    'Drizzle with a URL in it': [
      { 'drizzle.config.js': `module.exports = { dialect: "sqlite", dbCredentials: { url: "file:x" } }` },
      { name: 'Drizzle', isPostgres: false },
    ],
    none: [{ 'package.json': '{' }, undefined],
  }
  test.each(Object.entries(projects))('%s', (_, [files, orm]) =>
    inFolder(files, async (root) => {
      const found = await lookAround(root, {})
      if (orm === undefined) expect(found.orm).toBeUndefined()
      else expect(found.orm).toMatchObject(orm)
    }),
  )
})

test('URLs come from the environment, .env.local and .env, in that order; an own name where the ORM says so', () =>
  inFolder(
    {
      '.env': `DATABASE_URL=${url('env')}\nDIRECT_URL=${url('direct')}\nREDIS_URL=redis://:geheim@cache:6379`,
      '.env.local': `DATABASE_URL=${url('local')}\nPG=${url('pg')}`,
      'drizzle.config.ts': `{ dialect: 'postgresql', url: process.env['PG'] }`,
    },
    async (root) => {
      const local = await lookAround(root, { REDIS_URL: '' })
      expect(local.database).toMatchObject({ variable: 'DATABASE_URL', url: url('local'), from: '.env.local' })
      expect((await lookAround(root, { DATABASE_URL: url('own') })).database?.from).toBe('the environment')
      expect(foundLines(local)).toEqual([
        'Found Drizzle: drizzle.config.ts, PostgreSQL by PG',
        'Found DATABASE_URL in .env.local: local:5432/shop',
        'Found DIRECT_URL in .env: direct:5432/shop',
        'Found REDIS_URL in .env: cache:6379',
      ])
      const broken = await lookAround(root, { DATABASE_URL: 'postgres://a:gehe/im@b/c', REDIS_URL: 'geheim' })
      expect(foundLines(broken).join('\n')).not.toMatch(/geh|im@/)
    },
  ))

test('a name of the ORM is taken where DATABASE_URL is not set', () =>
  inFolder({ '.env': `PG=${url('pg')}`, 'drizzle.config.ts': `{ url: process.env.PG }` }, async (root) => {
    expect((await lookAround(root, {})).database).toMatchObject({ variable: 'PG', from: '.env' })
  }))

test.each([
  ['package-lock.json', 'npx fstore', 'npm install featurestore'],
  ['pnpm-lock.yaml', 'pnpm exec fstore', 'pnpm add featurestore'],
  ['yarn.lock', 'yarn fstore', 'yarn add featurestore'],
  ['bun.lock', 'bunx fstore', 'bun add featurestore'],
])('with %s, here or above, fstore is called as %s', (lock, called, install) =>
  inFolder({ [lock]: '', 'apps/shop/package.json': '{"name":"@acme/Shop App!"}' }, async (root) => {
    const found = await lookAround(join(root, 'apps/shop'), {})
    expect(projectName(found)).toBe('shop-app')
    expect(fstoreOf(found, {})).toBe(called)
    expect(enterSteps('apps/my shop', found).map(({ command }) => command)).toEqual([`cd 'apps/my shop'`, install])
  }),
)

test('without a package.json fstore is called as it was, until it is installed above', () =>
  inFolder({}, async (root) => {
    await mkdir(join(root, '42 Größe'))
    const found = await lookAround(join(root, '42 Größe'), {})
    expect([fstoreOf(found, {}), fstoreOf(found, { npm_command: 'exec' })]).toEqual(['fstore', 'npx featurestore'])
    await mkdir(join(root, 'node_modules', 'featurestore'), { recursive: true })
    await writeFile(join(root, 'node_modules', 'featurestore', 'package.json'), '{}')
    expect(fstoreOf(await lookAround(join(root, '42 Größe'), {}), { npm_command: 'exec' })).toBe('npx fstore')
    expect([projectName(found), foundLines(found)]).toEqual(['gr-e', []])
    expect(['user_1', `it's`, '', 'a b', '$x', '-x'].map(shellWord)).toEqual([
      'user_1',
      `'it'\\''s'`,
      `''`,
      `'a b'`,
      `'$x'`,
      '-x',
    ])
  }))
