/** Every command, its arguments and its help. This file is all that `--help` loads besides commander. */
import { readFileSync } from 'node:fs'
import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { FstoreCommand } from './command.js'
import { observe } from './observed.js'

/** A command module: the arguments, then the options; returns the exit code. */
interface CommandModule {
  run(...parameters: any[]): Promise<number>
}

function list(value: string, before: readonly string[] = []): readonly string[] {
  const names = value.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('Write names with commas between them.')
  return [...before, ...names]
}

function each(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Write a whole number.')
  return Number(value)
}

function portNumber(value: string): number {
  const port = wholeNumber(value)
  if (port > 65_535) throw new InvalidArgumentError('Ports go up to 65535.')
  return port
}

export function createProgram(setExitCode: (code: number) => void): Command {
  const program = new FstoreCommand('fstore')
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
  const does = (load: () => Promise<CommandModule>) => {
    return async (...parameters: unknown[]) => {
      // Commander appends the command itself.
      setExitCode(await (await load()).run(...parameters.slice(0, -1)))
    }
  }

  program
    .command('init')
    .argument('[dir]', 'the folder to make; this one when absent')
    .description('Create a project: over a table of yours, or from a template with its data; asks what no option says')
    .addOption(
      new Option('-t, --template <name>', 'start from an example; minimal when nothing else is said')
        .choices(['minimal', 'flights', 'conversations'])
        .conflicts('from'),
    )
    .option('--no-load', 'with a template, copy its files and touch no database')
    .option('--from <table>', 'start from a table of your PostgreSQL: name, or schema.name')
    .option('--key <column>', 'with --from, whose features: a column, again for each of several', each)
    .option('--time <column>', 'with --from, when a row was known')
    .option('--entity <name>', 'with --from, what the entity is called')
    .option('--values <column>', 'with --from, what to sum or keep the newest of, again for each', each)
    .option('--no-values', 'with --from, count rows only')
    .option('--tenant-column <column>', 'with --from, the column that tells tenants apart')
    .option('--no-tenant-column', 'with --from, all rows are of one tenant')
    .option('--start <timestamp>', 'with --from, where history begins')
    .option('--grant', 'with --from, migrate, and let the role that fstore reads with read the table')
    .option('--scripts', "add fstore's commands to the package.json")
    .option('-y, --yes', 'ask nothing')
    .examples('fstore init', 'fstore init flights --template flights --yes', 'fstore init --from orders --grant --yes')
    .action(does(() => import('./commands/init.js')))

  program
    .command('migrate')
    .description('Create or upgrade the schemas that fstore keeps its tables in')
    .option('--status', 'show which migrations are applied')
    .option('--dry-run', 'show what would be applied, change nothing')
    .option('--print-sql', 'print the SQL for a database administrator to run')
    .examples('fstore migrate --status', 'fstore migrate --print-sql > fstore.sql')
    .action(does(() => import('./commands/migrate.js')))

  program
    .command('build')
    .description('Do everything that is due: migrate, register what changed, materialize, promote')
    .option('-s, --select <names>', 'only these groups: names, tag:x, +name (and what it reads), name+', list)
    .option('--start <timestamp>', 'only windows from here on (2026-01-31, 2026-01-31T06:00:00Z)')
    .option('--end <timestamp>', 'only windows up to here')
    .option('--full', 'run covered windows again, too')
    .addOption(parallel())
    .addOption(online())
    .option('--dry-run', 'show the plan, change nothing')
    .addOption(allTenants().conflicts(['tenant', 'dryRun']))
    .addOption(createTenant())
    .examples(
      'fstore build',
      'fstore build --dry-run',
      'fstore build --parallel 4',
      'fstore build --select user_activity --full',
    )
    .action(does(() => import('./commands/build.js')))

  program
    .command('materialize')
    .argument('<group...>', 'names of groups')
    .description('Compute the windows named, whether or not they have run before')
    .requiredOption('--start <timestamp>', 'where the first window starts (2026-01-31, 2026-01-31T06:00:00Z)')
    .requiredOption('--end <timestamp>', 'where the last window ends')
    .option('--every <duration>', "windows of this length (1h, 7d) instead of the group's own")
    .addOption(parallel())
    .addOption(online())
    .addOption(allTenants().conflicts('tenant'))
    .addOption(createTenant())
    .examples('fstore materialize departures --start 2001-01-01 --end 2001-02-01')
    .action(does(() => import('./commands/materialize.js')))

  program
    .command('schedule')
    .description('Run groups when their schedule comes round, for every active tenant, until it is told to stop')
    .option('--groups <names>', 'only these: names, tag:x; all that have a schedule when absent', list)
    .option('--once', 'run what is due by now, and end')
    .examples('fstore schedule', 'fstore schedule --groups departures,routes', 'fstore schedule --once --json')
    .action(does(() => import('./commands/schedule.js')))

  program
    .command('plan')
    .description('Show what build would do: what changes for readers, what is backfilled, what is destroyed')
    .option('-s, --select <names>', 'only these groups: names, tag:x, +name (and what it reads), name+', list)
    .option('--start <timestamp>', 'only windows from here on (2026-01-31, 2026-01-31T06:00:00Z)')
    .option('--end <timestamp>', 'only windows up to here')
    .option('--full', 'as if covered windows ran again, too')
    .option('--sql', "show every group's compiled SQL, too")
    .option('--check', 'exit 4 if anything would be done')
    .addOption(new Option('--markdown', 'print it as Markdown, for a comment on a pull request').conflicts('json'))
    .examples('fstore plan', 'fstore plan --check', 'fstore plan --select departures --sql')
    .action(does(() => import('./commands/plan.js')))

  program
    .command('validate')
    .description('Check config and SQL against the database; writes nothing')
    .examples('fstore validate', 'fstore validate --json')
    .addHelpText('after', '\nExit codes: 2 where something is wrong, 4 where there are warnings only.')
    .action(does(() => import('./commands/validate.js')))

  program
    .command('versions')
    .argument('<group>', 'its name')
    .description('List the versions of a group, and which of them is live')
    .examples('fstore versions departures', 'fstore versions departures --json')
    .action(does(() => import('./commands/versions.js')))

  program
    .command('diff')
    .argument('<group>', 'its name')
    .argument('[from]', 'a version; the live one when absent')
    .argument('[to]', 'a version; what the config says when absent, or beside a first one the live one')
    .description('Show what differs between two versions of a group')
    .examples('fstore diff departures', 'fstore diff departures 1', 'fstore diff departures 1 3')
    .action(does(() => import('./commands/diff.js')))

  program
    .command('rollback')
    .argument('<group>', 'its name')
    .argument('[version]', 'which to make live again; the one before when absent')
    .description('Make an earlier version of a group live again')
    .option('--dry-run', 'show what readers will see change, change nothing')
    .option('-y, --yes', 'ask nothing')
    .examples('fstore rollback departures --dry-run', 'fstore rollback departures 1 --yes')
    .action(does(() => import('./commands/rollback.js')))

  program
    .command('status')
    .description('Show what can be reached, what is live, and how fresh it is')
    .examples('fstore status', 'fstore status --tenant acme --json')
    .action(does(() => import('./commands/status.js')))

  program
    .command('jobs')
    .description('List what has run, newest first')
    .option('--group <name>', 'only of this group')
    .addOption(new Option('--status <status>', 'only these').choices(['running', 'completed', 'failed', 'cancelled']))
    .option('-n, --limit <jobs>', 'jobs to show', '20')
    .examples('fstore jobs', 'fstore jobs --group departures --status failed')
    .action(does(() => import('./commands/jobs.js')))

  program
    .command('runs')
    .argument('[run]', 'one of them, with all that is kept of it')
    .description('List the commands that ran on this machine, from .fstore/runs; what ran in the database is in jobs')
    .option('-n, --limit <runs>', 'runs to show', '20')
    .examples('fstore runs', 'fstore runs 1a2b3c --json')
    .action(does(() => import('./commands/runs.js')))

  program
    .command('rejected')
    .argument('[group]', 'its name; all groups when absent')
    .description('List rows that broke their rules, or run their windows again')
    .option('--replay', 'run the windows again in which rows were rejected')
    .option('-n, --limit <rows>', 'rows to show', '20')
    .examples('fstore rejected', 'fstore rejected departures --replay')
    .action(does(() => import('./commands/rejected.js')))

  program
    .command('inspect')
    .argument('<what>', 'a group, or a feature of it: group.feature')
    .description('Show what the values of a group or a feature look like')
    .option('--now', 'look at the newest row of each entity as it is, instead of at what the runs kept')
    .option('-n, --limit <runs>', 'runs to show of a feature', '20')
    .examples('fstore inspect departures', 'fstore inspect departures.departures_7d --now')
    .action(does(() => import('./commands/inspect.js')))

  program
    .command('drift')
    .argument('[group...]', 'names of groups; all when absent')
    .description('Hold the newest values against their baseline; exit 4 where they have moved')
    .addOption(
      new Option('--against <version>', 'the baseline of another version of the group').conflicts('setBaseline'),
    )
    .option('--set-baseline', 'make the newest values the baseline of the groups named')
    .examples('fstore drift', 'fstore drift departures --against 1', 'fstore drift departures --set-baseline')
    .action(does(() => import('./commands/drift.js')))

  program
    .command('tenants')
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'add', 'suspend', 'remove']).default('list'))
    .argument('[tenant]', 'its name')
    .description('List, add and suspend tenants')
    .option('--display-name <text>', 'what people call it')
    .examples('fstore tenants', 'fstore tenants add acme', 'fstore tenants suspend acme')
    .action(does(() => import('./commands/tenants.js')))

  program
    .command('sync')
    .argument('[group...]', 'names of groups; all that are live when absent')
    .description('Send to Redis what has changed in Postgres, or all where Redis was emptied')
    .addOption(new Option('--full', 'delete what Redis has of the project, whosever it is, and send all'))
    .addOption(allTenants().conflicts('tenant'))
    .examples('fstore sync', 'fstore sync departures', 'fstore sync --full')
    .action(does(() => import('./commands/sync.js')))

  program
    .command('verify')
    .argument('[group...]', 'names of groups; all that are live when absent')
    .description('Compare the latest rows with the history, and Redis with the latest rows')
    .addOption(
      new Option('--sample <entities>', 'look at so many entities of each group').argParser(wholeNumber).default(1000),
    )
    .addOption(new Option('--all', 'look at every entity, and at what Redis has besides').conflicts('sample'))
    .examples('fstore verify', 'fstore verify --all', 'fstore verify departures --sample 100')
    .action(does(() => import('./commands/verify.js')))

  program
    .command('preview')
    .argument('<group>', 'its name')
    .description("Run a group's SELECT for one window and show its rows; writes nothing")
    .option('--at <timestamp>', 'the last window that ends at or before this; now when absent')
    .option('-n, --limit <rows>', 'rows to show', '10')
    .examples('fstore preview departures', 'fstore preview departures --at 2001-02-01')
    .action(does(() => import('./commands/preview.js')))

  program
    .command('get')
    .argument('<key...>', 'a key, or name=value for each key of the entity; several entities one after another')
    .description('Read the newest values of entities')
    .option('-e, --entity <name>', 'whose key it is, where several entities could have it')
    .option('-f, --features <names>', 'only these: group.feature, or feature', list)
    .addOption(new Option('--service <name>', "a service's vector, by its keys").conflicts(['entity', 'features']))
    .option('--max-age <duration>', 'pass over tiers that may hold older values (0s, 5m)')
    .addOption(new Option('--tier <name>', 'ask this tier alone').choices(['redis', 'latest']).conflicts('maxAge'))
    .option('--request <name=value>', 'what on-demand features are computed with, again for each; or as JSON', each)
    .examples(
      'fstore get SFO',
      'fstore get origin=SFO destination=LAX',
      'fstore get SFO LAX --features departures_7d --json',
      'fstore get --service late_v1 origin=SFO destination=LAX',
      'fstore get SFO --features risk.score --request scheduled_at=2001-03-01T08:00Z',
    )
    .action(does(() => import('./commands/get.js')))

  program
    .command('search')
    .argument('<feature>', 'an embedding: group.feature, or feature')
    .description('Find the entities whose newest embeddings are most alike a vector, or another entity')
    .option('--key <key...>', 'the entity to find the like of: its key, or name=value for each of its keys')
    .addOption(new Option('--vector <numbers>', 'a vector as JSON: [0.1,0.2]').conflicts('key'))
    .addOption(new Option('--vector-file <file>', 'the same from a file; - for stdin').conflicts(['key', 'vector']))
    .option('-n, --limit <entities>', 'entities to show', '10')
    .option('--threshold <similarity>', 'only those at least so similar')
    .option('--exact', 'compare with every row: slower, and misses none')
    .option('-f, --features <names>', 'features to show of them: group.feature, or feature', list)
    .examples(
      'fstore search docs.embedding --key doc_17',
      "fstore search docs.embedding --vector '[0.1,0.2,0.3]' --threshold 0.7 --features title",
      'fstore search docs.embedding --vector-file query.json --json',
    )
    .action(does(() => import('./commands/search.js')))

  program
    .command('push')
    .argument('<group>', 'its name; one that the config declares with stream()')
    .argument('[file]', 'lines of JSON with keys, features and event_timestamp; stdin when absent, or -')
    .description('Write rows of a pushed group, and their history')
    .addOption(createTenant())
    .examples(
      'fstore push profile rows.jsonl',
      `echo '{"user_id":"u1","clicks":3,"event_timestamp":"2026-03-01T08:00:00Z"}' | fstore push profile`,
    )
    .action(does(() => import('./commands/push.js')))

  program
    .command('ingest')
    .argument('<file>', 'lines of JSON with id, type, timestamp and payload; - for stdin')
    .description('Fold events into the groups that they feed; each is applied once, however often it comes')
    .option('--rejects <file>', 'write lines that were set aside to this file, with reasons')
    .addOption(createTenant())
    .examples(
      'fstore ingest data/events.jsonl',
      `echo '{"id":"1","type":"clicked","timestamp":"2026-03-01T08:00:00Z","payload":{}}' | fstore ingest -`,
    )
    .action(does(() => import('./commands/ingest.js')))

  program
    .command('history')
    .argument('<feature>', 'group.feature, or feature; group.feature@2 for a version that is not live')
    .argument('<key...>', 'the key of one entity, or name=value for each of its keys')
    .description('Show the values a feature of one entity has had, newest first')
    .option('--start <timestamp>', 'only values as of this or later (2026-01-31, 2026-01-31T06:00:00Z)')
    .option('--end <timestamp>', 'only values as of before this')
    .option('-n, --limit <rows>', 'rows to show', '20')
    .option('--all', 'superseded rows, too: what was corrected or retracted since')
    .examples(
      'fstore history departures.departures_7d SFO',
      'fstore history routes.late_share_28d origin=SFO destination=LAX --all --json',
    )
    .action(does(() => import('./commands/history.js')))

  program
    .command('pit-export')
    .argument('[spine]', 'a .csv or .jsonl file with keys, event_timestamp and labels; - for CSV on stdin')
    .description('Join features to the rows of a spine, each as of its own instant (point in time)')
    .option('--spine-sql <sql>', 'a SELECT instead of a file')
    .option('-f, --features <names>', 'features to join: group.feature, or feature', list)
    .addOption(new Option('--service <name>', 'the features of a service').conflicts('features'))
    .option('--known-at', 'hide what was written after the row: late rows and corrections')
    .option('--full-names', 'name columns group__feature')
    .option('--explain', 'show how the database would join them, and join nothing')
    .option('-o, --output <file>', 'a .csv, .jsonl or .parquet file, or - for stdout', '-')
    .addOption(new Option('--format <format>', 'where the name does not tell').choices(['csv', 'jsonl', 'parquet']))
    .examples(
      'fstore pit-export spine.csv --features departures.departures_7d -o train.csv',
      'fstore pit-export --service late_v1 --spine-sql "SELECT … FROM flights" -o train.jsonl',
    )
    .action(does(() => import('./commands/pit-export.js')))

  program
    .command('export-training')
    .argument('[dataset]', 'its name; may be left out where the config has one only')
    .description('Write a training set: the features of a service as of each row, and its labels')
    .addOption(
      new Option('--csv', 'as CSV (this is what you get unless you say otherwise)').conflicts(['jsonl', 'parquet']),
    )
    .addOption(new Option('--jsonl', 'as JSON lines').conflicts(['csv', 'parquet']))
    .addOption(new Option('--parquet', 'as Parquet').conflicts(['csv', 'jsonl']))
    .option('--fine-tuning', "as chat examples, by the dataset's templates")
    .option('-o, --output <file>', 'where to; <dataset>.csv when absent')
    .option('--sample <rows>', 'draw so many rows')
    .option('--stratify <label>', 'keep the proportions of a label in the sample')
    .option('--seed <number>', 'draw another sample')
    .addOption(new Option('--impute <how>', 'fill what is missing').choices(['zero', 'mean', 'median']))
    .option('--no-expand', 'keep arrays and embeddings in one column')
    .option('--known-at', 'hide what was written after the row: late rows and corrections')
    .option('--verify <manifest>', 'say whether the store would still give an exported file')
    .examples(
      'fstore export-training late_flights --csv -o late.csv',
      'fstore export-training --sample 1000 --stratify late --impute median',
      'fstore export-training --verify late.csv.manifest.json',
    )
    .action(does(() => import('./commands/export-training.js')))

  program
    .command('list')
    .addArgument(
      new Argument('[what]', 'what to list')
        .choices(['groups', 'features', 'entities', 'services', 'datasets'])
        .default('groups'),
    )
    .description('List what the project declares, and what is live')
    .examples('fstore list', 'fstore list features --json')
    .action(does(() => import('./commands/list.js')))

  program
    .command('cleanup')
    .description('Remove what nobody can ask for any more, of all tenants')
    .option('--dry-run', 'count what would be removed, and remove nothing')
    .addOption(
      new Option('--keep-versions <number>', 'retired versions to keep of each group, for a rollback')
        .argParser(wholeNumber)
        .default(1),
    )
    .option('--archived', 'groups that the config no longer has lose everything')
    .addOption(
      new Option('--only <kinds...>', 'only these').choices([
        'version',
        'expired',
        'history',
        'events',
        'staging',
        'redis',
      ]),
    )
    .examples('fstore cleanup --dry-run', 'fstore cleanup --only expired history')
    .action(does(() => import('./commands/cleanup.js')))

  program
    .command('erase')
    .argument('[entity]', 'its name; with --tenant alone the whole tenant goes')
    .argument('[key...]', 'its key, or name=value for each of its keys')
    .description('Remove a person, or a tenant, everywhere, and count again what is left')
    .option('--dry-run', 'count what would be erased, and erase nothing')
    .option('-y, --yes', 'ask nothing')
    .examples('fstore erase user 42 --dry-run', 'fstore erase user 42 --yes', 'fstore erase --tenant acme')
    .action(does(() => import('./commands/erase.js')))

  program
    .command('dev')
    .description('Whenever a file of the project is saved: validate, preview what changed, and show the plan')
    .option('--at <timestamp>', 'preview the last window that ends at or before this; now when absent')
    .examples('fstore dev', 'fstore dev --at 2001-02-01')
    .action(does(() => import('./commands/dev.js')))

  program
    .command('test')
    .argument('[what...]', 'files of fixtures; tests/*.json of the project when absent; with --record a key')
    .description("Run a group's SQL on the rows of a fixture, in a database of its own; exit 4 where values differ")
    .option('--record <group>', 'write a fixture from the source rows of one entity, and its values now')
    .option('--at <timestamp>', 'with --record, its values as of then')
    .option('-o, --output <file>', 'with --record, where to; tests/<group>-<key>.json when absent')
    .examples('fstore test', 'fstore test --record departures SFO --at 2001-02-01')
    .action(does(() => import('./commands/test.js')))

  program
    .command('doctor')
    .description(
      'Check the machine, the config, the database and Redis; changes nothing, exit 4 where something is wrong',
    )
    .examples('fstore doctor', 'fstore doctor --profile prod --json')
    .action(does(() => import('./commands/doctor.js')))

  program
    .command('mcp')
    .description('Serve features to agents, by the Model Context Protocol on stdin and stdout')
    .examples('fstore mcp', 'fstore mcp --tenant acme --config shop/featurestore.config.ts')
    .action(does(() => import('./commands/mcp.js')))

  program
    .command('serve')
    .description('Serve features over HTTP, until it is told to stop')
    .addOption(new Option('-p, --port <port>', '0 for any that is free').argParser(portNumber).default(6566))
    .option('--host <address>', 'where to listen; any but this machine alone wants a token', '127.0.0.1')
    .option('--token-file <file>', 'a file with the one secret that opens everything (FSTORE_TOKEN)')
    .option('--tokens <file>', 'a JSON list of tokens with tenants and scopes (FSTORE_TOKENS)')
    .addOption(new Option('--body-limit <bytes>', 'largest body').argParser(wholeNumber).default(1 << 20))
    .addOption(new Option('--max-keys <number>', 'most entities of one read').argParser(wholeNumber).default(10_000))
    .option('--timeout <duration>', 'longest wait for an answer', '30s')
    .option('--grace <duration>', 'how long what is under way may take when told to stop', '10s')
    .addOption(
      new Option('--log-level <level>', 'what is logged, on stderr')
        .choices(['info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .examples('fstore serve', 'FSTORE_TOKEN=$(openssl rand -hex 32) fstore serve --host 0.0.0.0 --port 8080')
    .action(does(() => import('./commands/serve.js')))

  program
    .command('ui')
    .description('Look at the project in a browser: freshness, catalogue, lineage, runs, values; nothing is changed')
    .addOption(new Option('-p, --port <port>', '6567 or the next that is free; 0 for any').argParser(portNumber))
    .option('--host <address>', 'where to listen; any but this machine alone wants a token, which is made', '127.0.0.1')
    .option('--no-open', 'leave the browser alone and print the address')
    .examples('fstore ui', 'fstore ui --tenant acme --port 8080 --no-open')
    .action(does(() => import('./commands/ui.js')))

  program
    .command('sql')
    .argument('[file]', "a script; psql's \\copy works in it")
    .description("Run SQL in the project's database, the embedded one too")
    .option('-c, --command <sql>', 'a statement, instead of a file; its rows are printed')
    .examples('fstore sql data/load.sql', 'fstore sql -c "SELECT count(*) FROM flights"')
    .action(does(() => import('./commands/sql.js')))

  for (const command of program.commands) common(command)

  // Neither has a project to be told of.
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'whose script').choices(['bash', 'zsh', 'fish']))
    .description('Print the script with which a shell completes commands, groups, features and files')
    .helpOption('-h, --help', 'show help')
    .examples('source <(fstore completion bash)', 'fstore completion fish | source')
    .action(does(() => import('./commands/completion.js')))
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      setExitCode(await (await import('./commands/complete.js')).run(words, program))
    })
  arrange(program)
  return program
}

function online(): Option {
  return new Option('--online', 'send to Redis what it lacks, too, and make new versions live there')
}

function parallel(): Option {
  return new Option('--parallel <windows>', 'windows of a group that run at the same time (PostgreSQL only)').argParser(
    wholeNumber,
  )
}

function createTenant(): Option {
  return new Option('--create-tenant', 'add the tenant where there is none of that name')
}

function allTenants(): Option {
  return new Option('--all-tenants', 'for every active tenant, one after another')
}

/** The list of commands: its parts in the order of a project's life, and each command in a few words. */
const commandList = {
  'Start:': {
    init: 'Create a project: your table, or an example',
    doctor: 'Check the machine, the config, the database, Redis',
    migrate: 'Create or upgrade the schemas of fstore',
    completion: 'Print the script of the Tab key for a shell',
    help: 'Show help for a command',
  },
  'Write features:': {
    validate: 'Check config and SQL against the database',
    preview: "Run a group's SELECT for one window",
    dev: 'On every save: validate, preview, plan',
    test: "Run a group's SQL on the rows of fixtures",
    list: 'List what is declared, and what is live',
  },
  'Compute and write:': {
    plan: 'Show what build would do',
    build: 'Do everything that is due',
    materialize: 'Compute the windows named',
    schedule: 'Run groups when their schedule comes round',
    push: 'Write rows of a pushed group',
    ingest: 'Fold events into the groups that they feed',
    sql: "Run SQL in the project's database",
  },
  'Read and serve:': {
    get: 'Read the newest values of entities',
    search: 'Find entities by their embeddings',
    history: 'Show the values a feature has had',
    serve: 'Serve features over HTTP',
    mcp: 'Serve features to agents',
  },
  'Train:': {
    'pit-export': 'Join features to a spine, point in time',
    'export-training': 'Write a training set of the config',
  },
  'Watch:': {
    status: 'Show what is reachable, live and fresh',
    jobs: 'List what has run in the database',
    runs: 'List the commands that ran on this machine',
    rejected: 'List rows that broke rules, or replay them',
    inspect: 'Show what values look like',
    drift: 'Hold values against their baseline',
    verify: 'Compare history, latest rows and Redis',
    versions: 'List the versions of a group',
    diff: 'Show what differs between versions',
  },
  'Operate:': {
    sync: 'Send to Redis what has changed',
    rollback: 'Make an earlier version live again',
    tenants: 'List, add and suspend tenants',
    cleanup: 'Remove what nobody can ask for any more',
    erase: 'Remove a person or a tenant everywhere',
  },
}

function arrange(program: FstoreCommand): void {
  const order = Object.values(commandList).flatMap((part) => Object.keys(part))
  const place = (command: Command) => order.indexOf(command.name())
  ;(program.commands as Command[]).sort((a, b) => place(a) - place(b))
  const help = program.createCommand('help').argument('[command]').helpOption(false)
  for (const [heading, part] of Object.entries(commandList))
    for (const [name, summary] of Object.entries(part)) {
      const command = name === 'help' ? help : program.commands.find((one) => one.name() === name)
      command?.summary(summary).helpGroup(heading)
    }
  program.addHelpCommand(help)
}

/** Options that every command has, after its own. */
function common(command: Command): void {
  command.optionsGroup('Options of every command:')
  if (command.name() !== 'init')
    command
      .option('--config <file>', 'the config, instead of the nearest featurestore.config.ts')
      .option('--profile <name>', 'which profile of the config (FSTORE_PROFILE)')
      .option('--tenant <id>', 'whose data (FSTORE_TENANT)')
  command.option('--json', 'print JSON').helpOption('-h, --help', 'show help')
}

const setting = `
Data is kept in .fstore/ beside the config, or on the PostgreSQL server of DATABASE_URL.
Exit codes: 0 done, 1 a bug, 2 usage or config, 3 failed, 4 findings, 5 unreachable, 6 locked, 130 interrupted.
`

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
