// docs/json.md and docs/json/: what --json prints, by command, as JSON Schema.

import { join } from 'node:path'
import { createJiti } from 'jiti'
import { z } from 'zod'
import { root } from './root.mjs'

const intro = `# JSON output

Every command takes \`--json\`, but for \`mcp\`, which speaks a protocol of its own on stdout, and \`completion\`, which prints
a script. Made from the schemas by \`npm run docs\`; tests run every command and hold what it prints against them.

- A command prints one document on one line; those below that say *lines* print a line for each thing that happens, each
  a document of its own, most of them ending in one whose \`event\` is \`result\`.
- Every document has \`schemaVersion\`. While it is 1, a field that is there stays, with its meaning and type. New fields,
  new events and new values of a \`kind\` may come with any version: a reader should pass over what it does not know.
- Where the work could not be done, the last document is [an error](json/error.json): \`error.code\`, \`error.message\`, and
  where they are known \`where\`, \`why\`, \`fix\` and \`problems\`. The codes are in [errors.md](errors.md). The same is told in
  words on stderr. The exit code is the same with and without \`--json\`.
- The schemas are those of this version and closed: they name every field that there is.
- Instants are text, ISO 8601 in UTC with as many digits as they have. Integers beyond 2^53 are text, and so are \`NaN\`,
  \`Infinity\` and \`-Infinity\`.

In a pipe without \`--json\`, a command whose result is a table prints tab-separated values: one line of names, then a line a
row, whole and without colour. A tab, a line break and a backslash within a value are \`\\t\`, \`\\n\`, \`\\r\` and \`\\\\\`, as
PostgreSQL's \`COPY\` writes them; a missing value is empty. What else there is to say goes to stderr.
\`FSTORE_FORCE_TTY=100\` prints what a terminal of 100 columns would show, as in \`FSTORE_FORCE_TTY=100 fstore list | less\`.
`

/** Each page, by its path. */
export async function jsonPages() {
  const { documents, events, failure } = await createJiti(import.meta.url).import(join(root, 'src/cli/json/index.ts'))
  const commands = Object.keys(documents).sort()
  const rows = commands.map((name) => {
    const schema = z.toJSONSchema(documents[name])
    const what = events.includes(name) ? linesOf(schema) : 'a document'
    return `| [\`${name}\`](json/${name}.json) | ${what} |`
  })
  const files = commands.map((name) => [`docs/json/${name}.json`, schemaFile(`fstore ${name} --json`, documents[name])])
  return {
    'docs/json.md': `${intro}\n| command | prints |\n| --- | --- |\n${rows.join('\n')}\n`,
    'docs/json/error.json': schemaFile('an error', failure),
    ...Object.fromEntries(files),
  }
}

function linesOf(schema) {
  const names = [schema, ...(schema.anyOf ?? [])].flatMap(({ properties }) => properties?.event?.const ?? [])
  return names.length === 0
    ? 'lines: one an entity'
    : `lines: ${[...new Set(names)].map((name) => `\`${name}\``).join(', ')}`
}

function schemaFile(title, schema) {
  const { $schema, ...rest } = z.toJSONSchema(schema, { override: plain })
  return `${JSON.stringify({ $schema, title, ...rest }, null, 1)}\n`
}

/** That an integer is one which JavaScript can hold is said of all of them, once. */
function plain({ jsonSchema }) {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}
