/** Python environments of the peers, kept between runs. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { versions } from '../machine.js'

const execute = promisify(execFile)

const peers = {
  feast: { packages: ['feast[postgres,redis]>=0.66,<0.70', 'duckdb>=1.4'], minor: 10, shows: ['feast', 'duckdb'] },
  mlforge: { packages: ['mlforge-sdk[duckdb,redis]>=0.7,<0.8'], minor: 13, shows: ['mlforge-sdk', 'duckdb', 'polars'] },
} as const

export interface Venv {
  readonly python: string
  /** Of programs that came with its packages. */
  readonly bin: string
}

/** Under FSTORE_BENCH_VENV, else under the system's temporary folder; made when it is not there. */
export async function venv(name: keyof typeof peers): Promise<Venv> {
  const { packages, minor, shows } = peers[name]
  const folder = join(process.env.FSTORE_BENCH_VENV ?? join(tmpdir(), 'fstore-bench-venv'), name)
  const bin = join(folder, 'bin')
  const python = join(bin, 'python')
  const done = join(folder, 'installed.txt')
  if (!existsSync(done) || readFileSync(done, 'utf8') !== packages.join('\n')) {
    console.log(`installing ${packages.join(', ')} into ${folder}`)
    await execute(findPython(minor), ['-m', 'venv', folder])
    await execute(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
    writeFileSync(done, packages.join('\n'))
  }
  const ask = `import importlib.metadata as m, platform; print(platform.python_version(), *[m.version(n) for n in ${JSON.stringify(shows)}])`
  const [own, ...found] = (await execute(python, ['-c', ask])).stdout.trim().split(' ')
  versions.set(`${name}’s Python`, own as string)
  for (const [i, one] of shows.entries()) versions.set(one === 'duckdb' ? `${name}’s DuckDB` : one, found[i] as string)
  return { python, bin }
}

/** The oldest there is of 3.`minor` or newer, on the path or of pyenv; FSTORE_BENCH_PYTHON names another. */
function findPython(minor: number): string {
  const given = process.env[`FSTORE_BENCH_PYTHON_3_${minor}`]
  if (given !== undefined) return given
  const pyenv = join(homedir(), '.pyenv', 'versions')
  const kept = existsSync(pyenv) ? readdirSync(pyenv).map((version) => join(pyenv, version, 'bin')) : []
  for (let wanted = minor; wanted <= 14; wanted++)
    for (const folder of [...kept, ...(process.env.PATH ?? '').split(':').filter((one) => !one.includes('shims'))]) {
      const path = join(folder, `python3.${wanted}`)
      if (existsSync(path)) return path
    }
  throw new Error(`Python 3.${minor} or newer is not here; name one in FSTORE_BENCH_PYTHON_3_${minor}`)
}
