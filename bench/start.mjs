// Compiles fstore and the benchmarks into .bench/ and runs them there with plain Node. A hook that compiles on the fly
// answers every `import()`, too, and would be measured with what it loads.

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiled = join(root, '.bench')

// The commands whose start is measured are the package's.
if (!['list', 'report'].includes(process.argv[2] ?? 'list'))
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })

rmSync(compiled, { recursive: true, force: true })
const files = ['src', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
)
const isSource = (file) => /\.tsx?$/.test(file)
await build({
  ...{ absWorkingDir: root, outdir: compiled, outbase: root, entryPoints: files.filter(isSource) },
  ...{ bundle: false, format: 'esm', platform: 'node', target: 'node20.19', jsx: 'automatic', logLevel: 'error' },
})
// What they name relative to themselves, and is no TypeScript, stays where it is.
const link = (name) => {
  const at = join(compiled, name)
  mkdirSync(dirname(at), { recursive: true })
  symlinkSync(join(root, name), at)
}
for (const name of ['bench/results', 'bin', 'dist', 'docs', 'migrations', 'package.json', 'templates', 'test'])
  link(name)
for (const file of files.filter((one) => !isSource(one) && !one.startsWith(join(root, 'bench/results'))))
  link(file.slice(root.length))

const child = spawn(process.execPath, [join(compiled, 'bench/run.js'), ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130)
})
