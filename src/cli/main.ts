/** The command line: parses, calls one command, and turns whatever comes of it into an exit code. */
import { CommanderError } from 'commander'
import { exit, FstoreError } from '../errors.js'
import { createProgram } from './program.js'

export async function main(argv: readonly string[]): Promise<void> {
  // A reader that stops reading, such as `head`, is no error.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exit.done : exit.bug))
  const json = argv.includes('--json')
  try {
    process.exitCode = exit.done
    await createProgram((code) => {
      process.exitCode = code
    }).parseAsync(argv as string[])
  } catch (error) {
    process.exitCode = await report(error, json)
  }
}

async function report(error: unknown, json: boolean): Promise<number> {
  if (error instanceof CommanderError) return reportUsage(error, json)
  const { printError } = await import('./output.js')
  if (error instanceof FstoreError) {
    printError(error, json)
    return error.exitCode
  }
  const message = error instanceof Error ? error.message : String(error)
  const trace = process.env.FSTORE_DEBUG && error instanceof Error ? error.stack : undefined
  const fix = trace ?? 'Please report it with the command you ran. FSTORE_DEBUG=1 shows where it happened.'
  printError(new FstoreError('INTERNAL', `fstore ran into a bug: ${message}`, { fix }), json)
  return exit.bug
}

/** Commander has already said what was wrong, and where help is. */
function reportUsage(error: CommanderError, json: boolean): number {
  if (error.exitCode === 0) return exit.done
  const message = error.message.replace(/^error: /, '')
  if (json) process.stdout.write(`${JSON.stringify({ schemaVersion: 1, error: { code: 'USAGE', message } })}\n`)
  return exit.usage
}
