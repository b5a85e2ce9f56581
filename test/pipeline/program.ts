/** fstore as its users run it: the command line, compiled from these sources, in processes of their own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Database } from '../../src/db/database.js'
import { openPGlite } from '../../src/db/pglite.js'
import { openPostgres } from '../../src/db/postgres.js'
import { compilePackage, nodeOptions } from '../compiled.js'
import { cacheDirectory, createDatabase } from '../servers/databases.js'

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A project with a database of its own. */
export interface Place {
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  /** From this process: embedded, nobody else may have it open meanwhile. */
  using<T>(work: (db: Database) => Promise<T>): Promise<T>
}

export class Program {
  readonly folder: string
  readonly #drops: (() => Promise<void>)[] = []
  #places = 0

  private constructor(folder: string) {
    this.folder = folder
  }

  static async compile(): Promise<Program> {
    return new Program(await compilePackage())
  }

  /** A folder with these files in it. */
  async project(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    const root = join(this.folder, 'projects', name)
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
    return root
  }

  /** @param source SQL that is run first, by the owner of the database; on a server fstore may read what it creates. */
  async place(kind: 'pglite' | 'postgres', files: Readonly<Record<string, string>>, source?: string): Promise<Place> {
    const root = await this.project(`p${this.#places++}`, files)
    const own = kind === 'postgres' ? await createDatabase() : undefined
    if (own !== undefined) this.#drops.push(() => own.drop())
    const directory = join(root, '.fstore', 'pglite')
    const place: Place = {
      root,
      env: own === undefined ? {} : { DATABASE_URL: own.ownerUrl },
      async using(work) {
        const db = own === undefined ? openPGlite({ directory, cacheDirectory }) : openPostgres({ url: own.ownerUrl })
        try {
          return await work(db)
        } finally {
          await db.close()
        }
      },
    }
    const grant = own === undefined ? '' : '; GRANT SELECT ON ALL TABLES IN SCHEMA public TO fstore_app'
    if (source !== undefined)
      await place.using((db) => db.transaction({ role: 'owner' }, (tx) => tx.script(source + grant)))
    return place
  }

  start(root: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const { DATABASE_URL: _, REDIS_URL: __, NODE_OPTIONS: ___, ...rest } = process.env
    const child = spawn(process.execPath, [...nodeOptions, join(this.folder, 'bin', 'fstore.js'), ...args], {
      cwd: root,
      env: { ...rest, CI: '1', XDG_CACHE_HOME: dirname(cacheDirectory), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new Running(child)
  }

  run(root: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(root, args, env).ended
  }

  async remove(): Promise<void> {
    for (const drop of this.#drops) await drop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

export class Running {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #waiting: { readonly count: number; go(): void }[] = []

  constructor(child: ChildProcess) {
    this.#child = child
    let stderr = ''
    child.stderr?.on('data', (chunk) => {
      stderr += chunk
    })
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).on('line', (line) => {
      this.#lines.push(line)
      this.#wake()
    })
    this.ended = once(child, 'close').then(([code]) => {
      this.#wake(true)
      return { code, stdout: this.#lines.join('\n'), stderr }
    })
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** Resolves when it has printed so many lines, or has ended. */
  printed(count: number): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ count, go })
      this.#wake(this.#child.exitCode !== null)
    })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #wake(all = false): void {
    for (const { count, go } of this.#waiting) if (all || this.#lines.length >= count) go()
  }
}
