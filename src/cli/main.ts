/** The command line: parses, calls one command, and turns whatever comes of it into an exit code. */
import { CommanderError } from 'commander'
import { exit, FstoreError } from '../errors.js'
import { tell } from './outcome.js'
import { createProgram } from './program.js'

export async function main(argv: readonly string[]): Promise<void> {
  // A reader that stops reading, such as `head`, is no error, and no reason to leave work half done.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') process.exit(exit.bug)
    })
  const json = argv.includes('--json')
  process.once('exit', unfinished)
  try {
    process.exitCode = exit.done
    const program = createProgram((code) => {
      process.exitCode = code
    }, argv.slice(2))
    await program.parseAsync(argv as string[])
  } catch (error) {
    process.exitCode = await report(error, json)
  } finally {
    process.off('exit', unfinished)
    tell({ kind: 'end' })
  }
}

/** Where nothing keeps the process alive it ends with work half done, which nobody may take for success. */
function unfinished(): void {
  process.exitCode ||= exit.bug
}

async function report(error: unknown, json: boolean): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return exit.done
  // Without a command there is nothing to say but the help, which commander has shown.
  if (error instanceof CommanderError && error.code === 'commander.help' && !json) return exit.usage
  const { printError } = await import('./output.js')
  const told = error instanceof FstoreError ? error : error instanceof CommanderError ? usage(error) : bug(error)
  tell({ kind: 'error', error: told })
  printError(told, json)
  return told.exitCode
}

/** `error: unknown command 'biuld'\n(Did you mean build?)` as an error of ours. */
function usage({ code, message }: CommanderError): FstoreError {
  if (code === 'commander.help') return new FstoreError('USAGE', 'There is no command.', { fix: help })
  const [first = '', hint] = message.replace(/^error: /, '').split('\n')
  const text = first.charAt(0).toUpperCase() + first.slice(1)
  return new FstoreError('USAGE', /[.!?]$/.test(text) ? text : `${text}.`, {
    fix: hint?.replace(/^\(|\)$/g, '') ?? selection(first) ?? help,
  })
}

/** What `fstore build orders` should have been. */
function selection(text: string): string | undefined {
  const command = /^Too many arguments for '(build|plan)'/i.exec(text)?.[1]
  return command && `Name groups with --select: \`fstore ${command} --select name,name\`.`
}

const help = 'Run the command with --help to see how it is used.'

function bug(error: unknown): FstoreError {
  const message = error instanceof Error ? error.message : String(error)
  const trace = process.env.FSTORE_DEBUG && error instanceof Error ? error.stack : undefined
  const fix = trace ?? 'Please report it with the command you ran. FSTORE_DEBUG=1 shows where it happened.'
  return new FstoreError('INTERNAL', `fstore ran into a bug: ${message}`, { fix })
}
