/** The files of the page, as they lie in the package. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const shipped = fileURLToPath(new URL('../../dist/ui/', import.meta.url))

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly etag: string
  /** Its name changes with what it holds. */
  readonly isLasting: boolean
}

export class Assets {
  readonly #folder: string

  /** @param folder the package's own unless told */
  constructor(folder: string = shipped) {
    this.#folder = folder
  }

  /**
   * What the path names; the page itself for every other that is no file, since it finds its way by the address.
   *
   * @returns undefined where there is no such file
   */
  async find(path: string): Promise<Asset | undefined> {
    const wanted = path.slice(1) || 'index.html'
    const names = await readdir(this.#folder).catch((): string[] => [])
    // Only names that the folder itself gives are ever opened.
    const exact = names.find((name) => name === wanted && types[extname(name)] !== undefined)
    if (exact !== undefined) return this.#read(exact)
    const isFile = types[extname(wanted)] !== undefined
    return isFile || !names.includes('index.html') ? undefined : this.#read('index.html')
  }

  async #read(name: string): Promise<Asset> {
    const body = new Uint8Array(await readFile(join(this.#folder, name)))
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    const type = types[extname(name)] as string
    return { body, type, etag, isLasting: /-[\w-]{8,}\.\w+$/.test(name) }
  }
}
