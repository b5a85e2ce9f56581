/** Docker without Docker: a Dockerfile's instructions, carried out in a folder for each stage. */
import { spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface Image {
  /** What `/` is in the image. */
  readonly root: string
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  /** Of whoever runs the command; root's own where the image names nobody. */
  readonly user: { readonly uid?: number; readonly gid?: number }
  readonly command: readonly string[]
  readonly health: readonly string[]
}

export interface Building {
  readonly dockerfile: string
  /** The folder that `COPY` copies from. */
  readonly context: string
  readonly env: Readonly<Record<string, string>>
  /** A new folder for a stage. */
  readonly stage: () => Promise<string>
  /** Who stands for the user `node` of the image. */
  readonly node: Image['user']
}

export async function buildImage(building: Building): Promise<Image> {
  const stages = new Map<string, Image>()
  let image: Image | undefined
  for (const { word, rest } of instructions(building.dockerfile)) {
    if (word === 'FROM') {
      const root = await building.stage()
      image = { root, workdir: root, env: building.env, user: {}, command: [], health: [] }
      const [, name] = / AS (\w+)$/.exec(rest) ?? []
      stages.set(name ?? '', image)
    } else {
      const next: Image = await carriedOut(image as Image, word, rest, building, stages)
      for (const [name, one] of stages) if (one === image) stages.set(name, next)
      image = next
    }
  }
  return image as Image
}

function instructions(text: string): { word: string; rest: string }[] {
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, ' ')
  return [...lines.matchAll(/^([A-Z]+) (.*)$/gm)].map(([, word = '', rest = '']) => ({ word, rest }))
}

async function carriedOut(
  image: Image,
  word: string,
  rest: string,
  { context, node }: Building,
  stages: ReadonlyMap<string, Image>,
): Promise<Image> {
  // Paths of the image are paths of its folder.
  const text = rest.replaceAll(/(?<=^|[\s"=:])\/app\b/g, `${image.root}/app`)
  switch (word) {
    case 'WORKDIR':
      await mkdir(text, { recursive: true })
      return { ...image, workdir: text }
    case 'ENV': {
      const [, name = '', value = ''] = /^(\w+)="?([^"]*)"?$/.exec(text) ?? []
      const filled = value.replaceAll(/\$(\w+)/g, (_, other: string) => image.env[other] ?? '')
      return { ...image, env: { ...image.env, [name]: filled } }
    }
    case 'COPY': {
      const [, stage] = /^--from=(\w+) /.exec(rest) ?? []
      const from = stage === undefined ? context : `${stages.get(stage)?.root}`
      const [to = '', ...names] = rest
        .replace(/^--from=\w+ /, '')
        .split(' ')
        .reverse()
      for (const name of names) await copy(join(from, name), name, join(image.workdir, to), names.length > 1)
      return image
    }
    case 'RUN': {
      const owner = `${node.uid ?? process.getuid?.()}:${node.gid ?? process.getgid?.()}`
      const script = text.replaceAll('node:node', owner)
      const { status, stderr } = spawnSync('sh', ['-ec', script], {
        cwd: image.workdir,
        env: image.env,
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(`RUN ${rest} ended with ${status}:\n${stderr}`)
      return image
    }
    case 'USER':
      return { ...image, user: node }
    case 'EXPOSE':
      return image
    case 'HEALTHCHECK':
      return { ...image, health: JSON.parse(rest.slice(rest.indexOf('['))) }
    case 'CMD':
      return { ...image, command: JSON.parse(rest) }
    default:
      throw new Error(`What does ${word} do?`)
  }
}

/** A folder's content goes into the folder that is named; several files go into it by their names. */
async function copy(from: string, name: string, to: string, isOneOfMany: boolean): Promise<void> {
  const ignored = name === '.' ? await ignoredBy(from) : []
  await mkdir(dirname(to), { recursive: true })
  await cp(from, isOneOfMany ? join(to, name) : to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => dirname(path) !== from || !ignored.some((pattern) => pattern.test(path.slice(from.length + 1))),
  })
}

async function ignoredBy(context: string): Promise<RegExp[]> {
  if (!(await readdir(context)).includes('.dockerignore')) return []
  const lines = (await readFile(join(context, '.dockerignore'), 'utf8')).trim().split('\n')
  return lines.map((line) => new RegExp(`^${line.replaceAll('.', '\\.').replaceAll('*', '.*')}$`))
}
