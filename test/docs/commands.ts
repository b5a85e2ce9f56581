/** The commands of a page, run one after another in one shell, and what each printed. */
import { readFile } from 'node:fs/promises'
import { nodeOptions } from '../compiled.js'
import type { Block } from './blocks.js'
import type { Page } from './pages.js'

export interface Command {
  readonly block: Block
  /** Of the page. */
  readonly line: number
  /** What is typed, or what runs in its place. */
  readonly shell: string
  /** What the page says comes of it; undefined where it says nothing. */
  readonly shows: string | undefined
}

export interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** What can be run: transcripts (`$ fstore …` and what it prints), shell commands, SQL, and files that are saved. */
export function commandsOf({ blocks }: Page): Command[] {
  return blocks.flatMap((block): Command[] => {
    const { code, language, line, says } = block
    if (says['not run'] !== undefined) return []
    const whole = (shell: string): Command[] => [{ block, line, shell, shows: undefined }]
    if (says['saved as'] !== undefined) return whole(heredoc(says['saved as'], code))
    if (says['runs as'] !== undefined) return whole(says['runs as'])
    if (language === 'sh') return whole(code)
    if (language === 'sql') return whole(`${heredoc('.sample.sql', code)}fstore sql .sample.sql`)
    return isTranscript(block) ? transcript(block) : []
  })
}

export function isTranscript({ language, code }: Block): boolean {
  return language === 'text' && code.startsWith('$ ')
}

function transcript(block: Block): Command[] {
  const parts = block.code.split(/^\$ /m).slice(1)
  let line = block.line
  return parts.map((part) => {
    const [shell = '', shows = ''] = part.split(/(?<=[^\\])\n([\s\S]*)/)
    const command = { block, line, shell, shows }
    line += part.split('\n').length - 1
    return command
  })
}

function heredoc(file: string, text: string): string {
  return `mkdir -p "$(dirname '${file}')"; cat > '${file}' <<'FSTORE_DOCS'\n${text}FSTORE_DOCS\n`
}

/** One script: what a command exports, or the folder it changes to, is there for the next. */
export function scriptOf(commands: readonly Command[], folder: string, binary: string): string {
  const steps = commands.map(({ block, shell }, i) => {
    const first = commands[i - 1]?.block !== block
    const file = `${folder}/${i}`
    const setUp = first ? block.says['set up'] : undefined
    // A block that fails half way ends there; what it exported stays.
    return `set -E; trap 'echo $? > ${file}.code; exit' ERR
${setUp === undefined ? '' : `{ ${setUp}\n} > ${file}.stdout 2> ${file}.stderr < /dev/null`}
{ ${shell}\n} > ${file}.stdout 2> ${file}.stderr < /dev/null ${block.says.exits === undefined ? '' : `|| echo $? > ${file}.code`}
trap - ERR; [ -e ${file}.code ] || echo 0 > ${file}.code`
  })
  const script = `${shellFor(binary)}${steps.join('\n')}\n`
  // The shell's own function waits until it serves.
  return script.replaceAll('localhost:6566', 'localhost:$FSTORE_DOCS_PORT').replaceAll('fstore serve &', 'fstore serve')
}

/** The command by its name. A server stays in the background, on a free port, until the page ends. */
function shellFor(binary: string): string {
  const command = `'${process.execPath}' ${nodeOptions.join(' ')} '${binary}'`
  // By exec: what is killed shall be the server, and not a shell that waits for it.
  return `run() { ${command} "$@"; }
fstore() {
  if [ "$1" != serve ] || [ "$2" = --help ]; then run "$@"; return; fi
  (exec ${command} "$@" --port "$FSTORE_DOCS_PORT") & trap "kill $!" EXIT
  until command curl -sf "localhost:$FSTORE_DOCS_PORT/health" > /dev/null || ! kill -0 $!; do sleep 0.2; done
}
curl() { command curl --fail-with-body "$@"; }
npx() { "$@"; }
`
}

/** @returns nothing where the script never came to it */
export async function printedBy(folder: string, i: number): Promise<Printed | undefined> {
  const read = (kind: string) => readFile(`${folder}/${i}.${kind}`, 'utf8').catch(() => undefined)
  const [code, stdout = '', stderr = ''] = await Promise.all(['code', 'stdout', 'stderr'].map(read))
  return code === undefined ? undefined : { code: Number(code), stdout, stderr }
}

/** A command that fails tells it on stderr; what else is there is progress. */
export function shownBy({ code, stdout, stderr }: Printed): string {
  return code === 0 || code === 4 ? stdout : stdout + stderr
}

/** Without what differs from run to run, and from machine to machine; widths of columns follow those. */
export function alike(text: string): string {
  return text
    .replaceAll(/\b20[2-9]\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, '<now>')
    .replaceAll(/\b\d+(\.\d+)?( ?ms| ?s| min| h| m|mo|[dhmwy])\b( ago)?/g, '<time>')
    .replaceAll(/\b[0-9a-f]{12}\b/g, '<fingerprint>')
    .replaceAll(/(127\.0\.0\.1|localhost):\d+(\/[\w-]+)?/g, '<server>')
    .replaceAll(/"latencyMs": ?[\d.]+/g, '"latencyMs":0')
    .replaceAll(/[\d,]+ rows\/s/g, '<rate>')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ +$/gm, '')
    .trim()
}

/** Whether a sample shows it; `…` in it stands for anything. */
export function shows(sample: string, printed: string): boolean {
  const parts = alike(sample).split('…')
  const pattern = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')
  return new RegExp(`^${pattern}$`).test(alike(printed))
}
