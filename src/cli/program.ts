/** The commands as one program. What this imports is all that `--help` loads besides commander. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { FstoreCommand } from './command.js'
import { compute } from './declarations/compute.js'
import type { Declaration } from './declarations/declaration.js'
import { operate } from './declarations/operate.js'
import { read } from './declarations/read.js'
import { start } from './declarations/start.js'
import { train } from './declarations/train.js'
import { watch } from './declarations/watch.js'
import { writeFeatures } from './declarations/write-features.js'
import { observe } from './observed.js'

/** The parts of the list of commands, in the order of a project's life. */
const parts = {
  'Start:': start,
  'Write features:': writeFeatures,
  'Compute and write:': compute,
  'Read and serve:': read,
  'Train:': train,
  'Watch:': watch,
  'Operate:': operate,
}

/** @param words of the command line: commands that they do not name can only be listed; all are complete when absent */
export function createProgram(setExitCode: (code: number) => void, words?: readonly string[]): Command {
  const program = new FstoreCommand('fstore', words)
    .description('The feature store for TypeScript on Postgres.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    // That a command has options is no news: all have.
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${command.usage()}`.replace(' [options]', '').trim(),
    })
    // What was wrong is told like every other error, by main.
    .configureOutput({ outputError() {} })
    .examples('fstore init flights --template flights', 'fstore build', 'fstore get SFO')
    .addHelpText('after', setting)
    .hook('preAction', (_program, command) => observe(command))

  for (const [heading, declarations] of Object.entries(parts))
    for (const [name, { summary, declare, load }] of Object.entries<Declaration>(declarations)) {
      const command = program.command(name).summary(summary).helpGroup(heading)
      declare(command).action(async (...parameters: unknown[]) => {
        // Commander appends the command itself.
        setExitCode(await (await load()).run(...parameters.slice(0, -1)))
      })
      common(command)
    }
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      const { run } = await import('./commands/complete.js')
      setExitCode(await run(words, createProgram(setExitCode)))
    })
  const help = program.createCommand('help').argument('[command]').helpOption(false)
  program.addHelpCommand(help.summary('Show help for a command').helpGroup('Start:'))
  return program
}

/** Options that every command has, after its own. */
function common(command: Command): void {
  // It has no project to be told of.
  if (command.name() !== 'completion') {
    command.optionsGroup('Options of every command:')
    if (command.name() !== 'init')
      command
        .option('--config <file>', 'the config, instead of the nearest featurestore.config.ts')
        .option('--profile <name>', 'which profile of the config (FSTORE_PROFILE)')
        .option('--tenant <id>', 'whose data (FSTORE_TENANT)')
    command.option('--json', 'print JSON')
  }
  command.helpOption('-h, --help', 'show help')
}

const setting = `
Data is kept in .fstore/ beside the config, or on the PostgreSQL server of DATABASE_URL.
Exit codes: 0 done, 1 a bug, 2 usage or config, 3 failed, 4 findings, 5 unreachable, 6 locked, 130 interrupted.
`

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
