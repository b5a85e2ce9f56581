/** The Prisma or Drizzle project that a folder holds, as far as its configuration says it in plain words. */

export interface Orm {
  readonly name: 'Prisma' | 'Drizzle'
  readonly file: string
  /** Absent where it was not found out. */
  readonly isPostgres?: boolean
  /** The variable that the database's URL is in, and that of a URL past the pooler. */
  readonly variable?: string
  readonly directVariable?: string
}

type Read = (name: string) => Promise<string | undefined>

export async function readOrm(read: Read): Promise<Orm | undefined> {
  return (await readPrisma(read)) ?? (await readDrizzle(read))
}

const extensions = ['ts', 'mts', 'js', 'mjs', 'cts', 'cjs']

async function readPrisma(read: Read): Promise<Orm | undefined> {
  const config = await firstOf(
    read,
    extensions.map((extension) => `prisma.config.${extension}`),
  )
  const pointed = config && /\bschema\s*:\s*["'`]\.?\/?([^"'`]+)["'`]/.exec(config.text)?.[1]
  const files = [
    'prisma/schema.prisma',
    'schema.prisma',
    'prisma/schema/schema.prisma',
    'prisma/schema/datasource.prisma',
  ]
  const schema = await firstOf(read, [...(pointed ? [pointed] : []), ...files])
  const found = schema ?? config
  if (found === undefined) return undefined
  const source = /\bdatasource\s+\w+\s*\{([^}]*)\}/.exec(schema?.text ?? '')?.[1] ?? ''
  const provider = /\bprovider\s*=\s*"(\w+)"/.exec(source)?.[1]
  const settings = config?.text ?? ''
  return {
    name: 'Prisma',
    file: found.file,
    ...(provider && { isPostgres: /^postgres(ql)?$/.test(provider) }),
    ...named('variable', variableIn(source, /\burl\s*=\s*/) ?? variableIn(settings, /\burl\s*:\s*/)),
    ...named('directVariable', variableIn(source, /\bdirectUrl\s*=\s*/) ?? variableIn(settings, /\bdirectUrl\s*:\s*/)),
  }
}

async function readDrizzle(read: Read): Promise<Orm | undefined> {
  const config = await firstOf(
    read,
    extensions.map((extension) => `drizzle.config.${extension}`),
  )
  if (config === undefined) return undefined
  const dialect = /\bdialect\s*:\s*["'`](\w+)["'`]/.exec(config.text)?.[1]
  const variable = variableIn(config.text, /\b(?:url|connectionString)\s*:\s*/)
  return {
    name: 'Drizzle',
    file: config.file,
    ...(dialect && { isPostgres: dialect === 'postgresql' }),
    ...named('variable', variable),
  }
}

async function firstOf(read: Read, files: readonly string[]): Promise<{ file: string; text: string } | undefined> {
  for (const file of files) {
    const text = await read(file)
    if (text !== undefined) return { file, text: withoutComments(text) }
  }
  return undefined
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '')
}

/** `env("X")`, `process.env.X`, `process.env["X"]!`, after what names the setting. */
function variableIn(text: string, setting: RegExp): string | undefined {
  const call = String.raw`(?:env(?:<[^>]*>)?\(\s*["'\x60](\w+)["'\x60]|process\.env\.(\w+)|process\.env\[\s*["'\x60](\w+)["'\x60])`
  const match = new RegExp(setting.source + call).exec(text)
  const name = match?.[1] ?? match?.[2] ?? match?.[3]
  return name !== undefined && /^[A-Za-z_]/.test(name) ? name : undefined
}

function named<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: string })
}
