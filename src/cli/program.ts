/** Every command, its arguments and its help. This file is all that `--help` loads besides commander. */
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'

/** What every command is handed besides its own options. */
export interface Globals {
  readonly config?: string
  readonly profile?: string
  readonly tenant?: string
  readonly json?: boolean
}

/** A command module: the arguments, then the options; returns the exit code. */
interface CommandModule {
  run(...parameters: any[]): Promise<number>
}

const list = (value: string, before: readonly string[] = []) => [...before, ...value.split(',').filter(Boolean)]

export function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('fstore')
    .description('The feature store for TypeScript on Postgres.')
    .version(version(), '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Show help for a command')
    .showHelpAfterError('Run with --help for usage.')
    .showSuggestionAfterError()
    .configureHelp({ sortOptions: false })
    .exitOverride()
    .addHelpText('after', examples('fstore init flights --template flights', 'fstore build', 'fstore get SFO'))
  const does = (load: () => Promise<CommandModule>) => {
    return async (...parameters: unknown[]) => {
      // Commander appends the command itself.
      setExitCode(await (await load()).run(...parameters.slice(0, -1)))
    }
  }

  common(program.command('init [dir]'), { project: false })
    .description('Create a project from a template and load its data')
    .addOption(
      new Option('-t, --template <name>', 'what to start from').choices(['minimal', 'flights']).default('minimal'),
    )
    .option('-y, --yes', 'ask nothing', false)
    .addHelpText('after', examples('fstore init my-features', 'fstore init flights --template flights --yes'))
    .action(does(() => import('./commands/init.js')))

  common(program.command('migrate'))
    .description('Create or upgrade the schemas that fstore keeps its tables in')
    .option('--status', 'show which migrations are applied', false)
    .option('--dry-run', 'show what would be applied, change nothing', false)
    .option('--print-sql', 'print the SQL for a database administrator to run', false)
    .addHelpText('after', examples('fstore migrate --status', 'fstore migrate --print-sql > fstore.sql'))
    .action(does(() => import('./commands/migrate.js')))

  common(program.command('build'))
    .description('Do everything that is due: migrate, register what changed, materialize, promote')
    .option('-s, --select <names>', 'only these groups: names, tag:x, +name (and what it reads), name+', list)
    .option('--start <timestamp>', 'only windows from here on (2026-01-31, 2026-01-31T06:00:00Z)')
    .option('--end <timestamp>', 'only windows up to here')
    .option('--full', 'run covered windows again, too', false)
    .option('--dry-run', 'show the plan, change nothing', false)
    .addHelpText(
      'after',
      examples('fstore build', 'fstore build --dry-run', 'fstore build --select user_activity --full'),
    )
    .action(does(() => import('./commands/build.js')))

  common(program.command('materialize <group...>'))
    .description('Compute the windows named, whether or not they have run before')
    .requiredOption('--start <timestamp>', 'where the first window starts (2026-01-31, 2026-01-31T06:00:00Z)')
    .requiredOption('--end <timestamp>', 'where the last window ends')
    .option('--every <duration>', "windows of this length (1h, 7d) instead of the group's own")
    .addHelpText('after', examples('fstore materialize departures --start 2001-01-01 --end 2001-02-01'))
    .action(does(() => import('./commands/materialize.js')))

  common(program.command('preview <group>'))
    .description("Run a group's SELECT for one window and show its rows; writes nothing")
    .option('--at <timestamp>', 'the last window that ends at or before this; now when absent')
    .option('-n, --limit <rows>', 'rows to show', '10')
    .addHelpText('after', examples('fstore preview departures', 'fstore preview departures --at 2001-02-01'))
    .action(does(() => import('./commands/preview.js')))

  common(program.command('get <key...>'))
    .description('Read the newest values of entities')
    .option('-e, --entity <name>', 'whose key it is, where several entities could have it')
    .option('-f, --features <names>', 'only these: group.feature, or feature', list)
    .addHelpText(
      'after',
      examples(
        'fstore get SFO',
        'fstore get origin=SFO destination=LAX',
        'fstore get SFO LAX --features late_share_7d --json',
      ),
    )
    .action(does(() => import('./commands/get.js')))

  common(program.command('list'))
    .argument('[what]', 'groups, features or entities', 'groups')
    .description('List what the project declares, and what is live')
    .addHelpText('after', examples('fstore list', 'fstore list features --json'))
    .action(does(() => import('./commands/list.js')))

  common(program.command('sql [file]'))
    .description("Run SQL in the project's database, the embedded one too")
    .option('-c, --command <sql>', 'a statement, instead of a file; its rows are printed')
    .addHelpText('after', examples('fstore sql data/load.sql', 'fstore sql -c "SELECT count(*) FROM flights"'))
    .action(does(() => import('./commands/sql.js')))

  return program
}

/** Options that every command has. */
function common(command: Command, { project = true } = {}): Command {
  command.exitOverride().showHelpAfterError('Run with --help for usage.')
  if (project)
    command
      .option('--config <file>', 'the config, instead of the nearest featurestore.config.ts')
      .option('--profile <name>', 'which profile of the config (FSTORE_PROFILE)')
      .option('--tenant <id>', 'whose data (FSTORE_TENANT)')
  return command.option('--json', 'print JSON', false)
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
