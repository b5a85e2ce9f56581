/** The command line on a terminal: what is on the screen, and what was sent to get it there. */
import { type IPty, spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { nodeOptions } from '../compiled.js'
import type { Asked, Project } from './fstore.js'

export interface Size {
  readonly columns?: number
  readonly rows?: number
}

/** Milliseconds, after which a test says what is there instead; less than a test has. */
const patience = 50_000

export class Terminal {
  readonly #pty: IPty
  readonly #screen: InstanceType<typeof xterm.Terminal>
  readonly #ended: Promise<number>
  #waiting = () => {}
  #code: number | undefined
  /** All that the command has written. */
  sent = ''

  constructor(project: Project, args: readonly string[], { env = {}, columns = 80, rows = 24 }: Asked & Size = {}) {
    const { fstore, folder } = project
    this.#screen = new xterm.Terminal({ cols: columns, rows, scrollback: 1_000, allowProposedApi: true })
    this.#pty = spawn(process.execPath, [...nodeOptions, fstore.binary, ...args], {
      cwd: folder,
      cols: columns,
      rows,
      env: fstore.environment({ TERM: 'xterm-256color', LANG: 'C.UTF-8', FSTORE_FORCE_TTY: '', ...env }),
    })
    this.#pty.onData((data) => {
      this.sent += data
      this.#screen.write(data, () => this.#waiting())
    })
    this.#ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        this.#code = signal ? 128 + signal : exitCode
        // After all that it has written.
        this.#screen.write('', () => {
          this.#waiting()
          resolve(this.#code as number)
        })
      })
    })
  }

  /** Everything on the screen and above it; a line that the terminal broke in two is two. */
  get lines(): { readonly text: string; readonly isBroken: boolean }[] {
    const { active } = this.#screen.buffer
    return Array.from({ length: active.length }, (_, i) => ({
      text: active.getLine(i)?.translateToString(true) ?? '',
      isBroken: active.getLine(i + 1)?.isWrapped ?? false,
    }))
  }

  get text(): string {
    return this.lines.map(({ text, isBroken }) => (isBroken ? text : `${text}\n`)).join('')
  }

  /** Whether a person would see where they type, and long lines go on in the next. */
  get isAsFound(): boolean {
    return ['25', '7'].every(
      (mode) => this.sent.lastIndexOf(`\u001B[?${mode}h`) >= this.sent.lastIndexOf(`\u001B[?${mode}l`),
    )
  }

  /** Waits until this is on the screen. */
  async until(shown: RegExp): Promise<void> {
    let isLate = false
    const limit = setTimeout(() => {
      isLate = true
      this.#waiting()
    }, patience)
    while (!shown.test(this.text)) {
      if (isLate || this.#code !== undefined) throw new Error(`It never showed ${shown}:\n${this.text}`)
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
    clearTimeout(limit)
  }

  press(keys: string): void {
    this.#pty.write(keys)
  }

  kill(signal: string): void {
    this.#pty.kill(signal)
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows)
    this.#pty.resize(columns, rows)
  }

  async end(): Promise<void> {
    if (this.#code === undefined) this.#pty.kill('SIGKILL')
    await this.#ended
  }

  /** @returns the exit code */
  ended(): Promise<number> {
    return this.#ended
  }
}
