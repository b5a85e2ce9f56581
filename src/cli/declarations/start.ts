/** What a project begins with. */
import { Argument, Option } from 'commander'
import type { Declarations } from './declaration.js'
import { each } from './value.js'

export const start: Declarations = {
  init: {
    summary: 'Create a project: your table, or an example',
    declare: (command) =>
      command
        .argument('[dir]', 'the folder to make; this one when absent')
        .description(
          'Create a project: over a table of yours, or from a template with its data; asks what no option says',
        )
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
        .examples(
          'fstore init',
          'fstore init flights --template flights --yes',
          'fstore init --from orders --grant --yes',
        ),
    load: () => import('../commands/init.js'),
  },
  doctor: {
    summary: 'Check the machine, the config, the database, Redis',
    declare: (command) =>
      command
        .description(
          'Check the machine, the config, the database and Redis; changes nothing, exit 4 where something is wrong',
        )
        .examples('fstore doctor', 'fstore doctor --profile prod --json'),
    load: () => import('../commands/doctor.js'),
  },
  migrate: {
    summary: 'Create or upgrade the schemas of fstore',
    declare: (command) =>
      command
        .description('Create or upgrade the schemas that fstore keeps its tables in')
        .option('--status', 'show which migrations are applied')
        .option('--dry-run', 'show what would be applied, change nothing')
        .option('--print-sql', 'print the SQL for a database administrator to run')
        .examples('fstore migrate --status', 'fstore migrate --print-sql > fstore.sql'),
    load: () => import('../commands/migrate.js'),
  },
  completion: {
    summary: 'Print the script of the Tab key for a shell',
    declare: (command) =>
      command
        .addArgument(new Argument('<shell>', 'whose script').choices(['bash', 'zsh', 'fish']))
        .description('Print the script with which a shell completes commands, groups, features and files')
        .examples('source <(fstore completion bash)', 'fstore completion fish | source'),
    load: () => import('../commands/completion.js'),
  },
}
