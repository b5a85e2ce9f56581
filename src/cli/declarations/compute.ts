/** What computes and writes values. */
import { Option } from 'commander'
import type { Declarations } from './declaration.js'
import { allTenants, createTenant, online, parallel } from './option.js'
import { list } from './value.js'

export const compute: Declarations = {
  plan: {
    summary: 'Show what build would do',
    declare: (command) =>
      command
        .description('Show what build would do: what changes for readers, what is backfilled, what is destroyed')
        .option('-s, --select <names>', 'only these groups: names, tag:x, +name (and what it reads), name+', list)
        .option('--start <timestamp>', 'only windows from here on (2026-01-31, 2026-01-31T06:00:00Z)')
        .option('--end <timestamp>', 'only windows up to here')
        .option('--full', 'as if covered windows ran again, too')
        .option('--sql', "show every group's compiled SQL, too")
        .option('--check', 'exit 4 if anything would be done')
        .addOption(new Option('--markdown', 'print it as Markdown, for a comment on a pull request').conflicts('json'))
        .examples('fstore plan', 'fstore plan --check', 'fstore plan --select departures --sql'),
    load: () => import('../commands/plan.js'),
  },
  build: {
    summary: 'Do everything that is due',
    declare: (command) =>
      command
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
        ),
    load: () => import('../commands/build.js'),
  },
  materialize: {
    summary: 'Compute the windows named',
    declare: (command) =>
      command
        .argument('<group...>', 'names of groups')
        .description('Compute the windows named, whether or not they have run before')
        .requiredOption('--start <timestamp>', 'where the first window starts (2026-01-31, 2026-01-31T06:00:00Z)')
        .requiredOption('--end <timestamp>', 'where the last window ends')
        .option('--every <duration>', "windows of this length (1h, 7d) instead of the group's own")
        .addOption(parallel())
        .addOption(online())
        .addOption(allTenants().conflicts('tenant'))
        .addOption(createTenant())
        .examples('fstore materialize departures --start 2001-01-01 --end 2001-02-01'),
    load: () => import('../commands/materialize.js'),
  },
  schedule: {
    summary: 'Run groups when their schedule comes round',
    declare: (command) =>
      command
        .description('Run groups when their schedule comes round, for every active tenant, until it is told to stop')
        .option('--groups <names>', 'only these: names, tag:x; all that have a schedule when absent', list)
        .option('--once', 'run what is due by now, and end')
        .examples('fstore schedule', 'fstore schedule --groups departures,routes', 'fstore schedule --once --json'),
    load: () => import('../commands/schedule.js'),
  },
  push: {
    summary: 'Write rows of a pushed group',
    declare: (command) =>
      command
        .argument('<group>', 'its name; one that the config declares with stream()')
        .argument('[file]', 'lines of JSON with keys, features and event_timestamp; stdin when absent, or -')
        .description('Write rows of a pushed group, and their history')
        .addOption(createTenant())
        .examples(
          'fstore push profile rows.jsonl',
          `echo '{"user_id":"u1","clicks":3,"event_timestamp":"2026-03-01T08:00:00Z"}' | fstore push profile`,
        ),
    load: () => import('../commands/push.js'),
  },
  ingest: {
    summary: 'Fold events into the groups that they feed',
    declare: (command) =>
      command
        .argument('<file>', 'lines of JSON with id, type, timestamp and payload; - for stdin')
        .description('Fold events into the groups that they feed; each is applied once, however often it comes')
        .option('--rejects <file>', 'write lines that were set aside to this file, with reasons')
        .addOption(createTenant())
        .examples(
          'fstore ingest data/events.jsonl',
          `echo '{"id":"1","type":"clicked","timestamp":"2026-03-01T08:00:00Z","payload":{}}' | fstore ingest -`,
        ),
    load: () => import('../commands/ingest.js'),
  },
  sql: {
    summary: "Run SQL in the project's database",
    declare: (command) =>
      command
        .argument('[file]', "a script; psql's \\copy works in it")
        .description("Run SQL in the project's database, the embedded one too")
        .option('-c, --command <sql>', 'a statement, instead of a file; its rows are printed')
        .examples('fstore sql data/load.sql', 'fstore sql -c "SELECT count(*) FROM flights"'),
    load: () => import('../commands/sql.js'),
  },
}
