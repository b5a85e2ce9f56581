/** The command line as people meet it: a process of its own, in a folder of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { compilePackage, nodeOptions, repository } from '../compiled.js'
import { createDatabase } from '../servers/databases.js'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Asked {
  /** The working directory, from the project's folder. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly heard: string }>
  /** Waits for words on either stream. @returns all that was said since the last time */
  until(words: string): Promise<string>
}

export class Fstore {
  private constructor(
    readonly home: string,
    readonly folder: string,
    /** Where projects keep their data; embedded in each of them where absent. */
    readonly databaseUrl: string | undefined,
    private readonly drop = async () => {},
  ) {}

  /** Projects keep their data on a server: a command starts there in a fraction of the time that embedded takes. */
  static async onPostgres(): Promise<Fstore> {
    const own = await createDatabase()
    const { home, folder } = await Fstore.compile()
    return new Fstore(home, folder, own.ownerUrl, own.drop)
  }

  static async compile({ databaseUrl }: { databaseUrl?: string } = {}): Promise<Fstore> {
    const home = await realpath(await mkdtemp(join(tmpdir(), 'fstore-cli-')))
    return new Fstore(home, await compilePackage(), databaseUrl)
  }

  async remove(): Promise<void> {
    for (const folder of [this.home, this.folder]) await rm(folder, { recursive: true, force: true })
    await this.drop()
  }

  get binary(): string {
    return join(this.folder, 'bin', 'fstore.js')
  }

  /** A new, empty folder. */
  async directory(name: string): Promise<Project> {
    const folder = join(this.home, name)
    await mkdir(folder, { recursive: true })
    return new Project(this, folder)
  }

  /** Only what is told here: no variable of whoever runs the tests changes what they see. */
  environment(own: Readonly<Record<string, string>> = {}): Record<string, string> {
    const { PATH = '', HOME = '' } = process.env
    const database = this.databaseUrl === undefined ? {} : { DATABASE_URL: this.databaseUrl }
    const cache = { XDG_CACHE_HOME: join(repository, 'node_modules', '.cache') }
    // What people see, on a screen with room for all of it.
    return { PATH, HOME, FSTORE_FORCE_TTY: '400', ...cache, ...database, ...own }
  }
}

export class Project {
  constructor(
    readonly fstore: Fstore,
    readonly folder: string,
  ) {}

  path(name: string): string {
    return join(this.folder, name)
  }

  async write(name: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true })
    await writeFile(this.path(name), content)
  }

  /** Writes a file anew, as it reads after the change. */
  async edit(name: string, change: (text: string) => string): Promise<void> {
    const before = await readFile(this.path(name), 'utf8')
    const after = change(before)
    if (after === before) throw new Error(`Nothing has changed in ${name}`)
    await this.write(name, after)
  }

  /** A copy of this project, database and all. */
  async copy(name: string): Promise<Project> {
    const copy = await this.fstore.directory(name)
    await cp(this.folder, copy.folder, { recursive: true })
    return copy
  }

  async run(args: readonly string[], { cwd = '.', env = {} }: Asked = {}): Promise<Outcome> {
    return outcome(
      process.execPath,
      [...nodeOptions, this.fstore.binary, ...args],
      join(this.folder, cwd),
      this.fstore.environment(env),
    )
  }

  /** The command in the background. */
  start(args: readonly string[], { env = {} }: Asked = {}): Running {
    const child = spawn(process.execPath, [...nodeOptions, this.fstore.binary, ...args], {
      cwd: this.folder,
      env: this.fstore.environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let heard = ''
    let told = 0
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (heard += text))
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, heard }))
    const until = async (words: string) => {
      while (!heard.slice(told).includes(words)) {
        if (child.exitCode !== null) throw new Error(`It ended without saying "${words}":\n${heard}`)
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended])
      }
      const said = heard.slice(told)
      told = heard.length
      return said
    }
    return { child, ended, until }
  }

  /** A line of bash, in which `fstore` is the command. */
  async bash(line: string, { env = {} }: Asked = {}): Promise<Outcome> {
    const fstore = `fstore() { '${process.execPath}' ${nodeOptions.join(' ')} '${this.fstore.binary}' "$@"; }`
    return outcome('bash', ['-c', `${fstore}\n${line}`], this.folder, this.fstore.environment(env))
  }
}

export async function outcome(command: string, args: readonly string[], cwd: string, env: Record<string, string>) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text
    })
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (status, signal) => resolve(status ?? (signal === 'SIGKILL' ? 137 : 130)))
  })
  return { code, ...texts }
}

/** What was printed, without what differs from run to run, or from machine to machine. */
export function shown({ fstore, folder }: Project, { code, stdout, stderr }: Outcome): string {
  const parts = [`exit ${code}`, ...printed('stdout', stdout), ...printed('stderr', stderr)]
  return (
    parts
      .join('\n')
      .trimEnd()
      .replaceAll(folder, '<project>')
      // What is formatted in this process names files from here.
      .replaceAll(relative(process.cwd(), folder), '<project>')
      .replaceAll(fstore.home, '<home>')
      .replaceAll(fstore.folder, '<package>')
      .replaceAll(/\b20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\dZ · [\d,]+[dhms] ago/g, '<now>')
      .replaceAll(/· [\d,]+[ydhms] ago/g, '· <ago>')
      .replaceAll(/\b20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, '<now>')
      .replaceAll(/\b\d+(\.\d+)?(ms|s)\b(?=\.$|\.\s)/gm, '<time>')
      .replaceAll(/\(\d+(\.\d+)? ms\)/g, '(<time>)')
      .replaceAll(/127\.0\.0\.1:\d+\/fstore_test_[0-9a-f]+/g, '<server>/<database>')
      .replaceAll(/\b[0-9a-f]{12}\b/g, '<fingerprint>')
      .replaceAll(/Process \d+ /g, 'Process <pid> ')
      .replaceAll(/"(latencyMs|durationMs)":\d+(\.\d+)?/g, '"$1":0')
  )
}

function printed(stream: string, text: string): string[] {
  return text === '' ? [] : [`--- ${stream}\n${text.trimEnd()}`]
}
