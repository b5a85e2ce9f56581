/** All TypeScript of all pages as one program, checked once. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { repository } from '../compiled.js'
import type { Block } from './blocks.js'
import type { Page } from './pages.js'

/** @returns what the compiler finds wrong, each with the page and its line */
export function mistakesOf(pages: readonly Page[]): string[] {
  const modules = new Map(pages.flatMap((page) => [config(page), ...modulesOf(page)]).map((one) => [one.file, one]))
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const { readFile, fileExists, directoryExists } = host
  const folders = new Set(pages.map(folderOf))
  host.directoryExists = (folder) => folders.has(folder) || directoryExists?.(folder) !== false
  host.fileExists = (file) => modules.has(file) || fileExists(file)
  host.readFile = (file) => modules.get(file)?.text ?? readFile(file)
  const original = host.getSourceFile.bind(host)
  host.getSourceFile = (file, languageVersion, ...rest) => {
    const module = modules.get(file)
    return module === undefined
      ? original(file, languageVersion, ...rest)
      : ts.createSourceFile(file, module.text, languageVersion)
  }
  const program = ts.createProgram({ rootNames: [...modules.keys()], options, host })
  return [...modules.values()].flatMap((module) => {
    const source = program.getSourceFile(module.file)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map((one) => told(module, one))
  })
}

/** What `./featurestore.config.js` is in a sample: what the page has saved there, which replaces this, or the flights. */
function config(page: Page): Module {
  const text = "export { default } from '../../../../templates/flights/featurestore.config.js'\n"
  return { file: join(folderOf(page), 'featurestore.config.ts'), text, place: () => page.name }
}

interface Module {
  readonly file: string
  readonly text: string
  readonly place: (line: number) => string
}

/** A block is a module beside the package, so that what it imports is found; what it lacks is imported for it. */
function modulesOf(page: Page): Module[] {
  const blocks = page.blocks.filter(({ language, says }) => language === 'ts' && says['not run'] === undefined)
  const bodies: string[] = []
  return blocks.map((block, i) => {
    const earlier = block.says.with?.split(', ').includes('above') ? bodies.join('\n') : ''
    bodies.push(block.code)
    const head = `${importsFor(block, `${earlier}\n${block.code}`)}${earlier.replaceAll(/^export default /gm, 'void ')}`
    const lines = head.split('\n').length
    return {
      file: join(folderOf(page), block.says['saved as'] ?? `${i + 1}.ts`),
      text: `${head}\n${block.code}\nexport {}\n`,
      place: (line) => `${page.name}:${block.line + Math.max(0, line - lines)}`,
    }
  })
}

/** Beside the contexts, so that what is imported from npm is found. */
function folderOf({ name }: Page): string {
  return join(repository, 'test', 'docs', 'contexts', name.replaceAll(/[/.]/g, '-'))
}

/** One line: the names of the package, where the block has no imports, and those of its context. */
function importsFor(block: Block, code: string): string {
  const taken = declaredIn(code)
  const free = (names: readonly string[]) =>
    names.filter((name) => !taken.has(name) && new RegExp(`\\b${name}\\b`).test(code))
  const from = (names: readonly string[], module: string) =>
    names.length === 0 ? '' : `import { ${names.join(', ')} } from '${module}'; `
  const contexts = (block.says.with ?? '').split(', ').filter((name) => name !== '' && name !== 'above')
  const inContexts = contexts.map((name) => {
    const text = readFileSync(join(repository, 'test', 'docs', 'contexts', `${name}.ts`), 'utf8')
    return { name, names: free(exportsOf(text)) }
  })
  const own = new Set(inContexts.flatMap(({ names }) => names))
  const builders = /^import /m.test(code) ? [] : free(packageNames).filter((name) => !own.has(name))
  return [from(builders, 'featurestore'), ...inContexts.map(({ name, names }) => from(names, `../${name}.js`))].join('')
}

/** What a fragment of a config or of a program may use without saying where it comes from. */
const packageNames = [
  ...['array', 'batch', 'bool', 'createFeatureStore', 'dataset', 'defineConfig', 'embedding', 'entity', 'env'],
  ...[
    'float64',
    'int64',
    'onDemand',
    'payload',
    'rolling',
    'service',
    'sql',
    'sqlFile',
    'stream',
    'string',
    'timestamp',
  ],
]

/** A context says with `export` what it offers. */
function exportsOf(text: string): string[] {
  const lists = [...text.matchAll(/^export \{ (.*) \}$/gm)].flatMap(([, names = '']) => names.split(', '))
  return [...lists, ...[...text.matchAll(/^export const (\w+)/gm)].map(([, name = '']) => name)]
}

function declaredIn(code: string): Set<string> {
  const source = ts.createSourceFile('block.ts', code, ts.ScriptTarget.Latest)
  const names = new Set<string>()
  const add = (name: ts.BindingName | ts.Identifier | undefined) => {
    if (name === undefined) return
    if (ts.isIdentifier(name)) names.add(name.text)
    else for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name)
  }
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) add(name)
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) add(statement.name)
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) add(statement.name)
    if (ts.isImportDeclaration(statement)) {
      add(statement.importClause?.name)
      const bindings = statement.importClause?.namedBindings
      if (bindings !== undefined && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) add(name)
      if (bindings !== undefined && ts.isNamespaceImport(bindings)) add(bindings.name)
    }
  }
  return names
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(repository, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, repository)
  const file = (name: string) => [join(repository, 'src', name)]
  const paths = {
    featurestore: file('index.ts'),
    'featurestore/langchain': file('agents/langchain.ts'),
    'featurestore/mcp': file('agents/mcp.ts'),
    'featurestore/serve': file('serve/index.ts'),
  }
  return { ...options, noEmit: true, paths }
}

function told({ place }: Module, { file, start = 0, messageText }: ts.Diagnostic): string {
  const line = file === undefined ? 0 : ts.getLineAndCharacterOfPosition(file, start).line
  return `${place(line)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
}
