/** What shows how things stand. */
import { Option } from 'commander'
import type { Declarations } from './declaration.js'
import { portNumber, wholeNumber } from './value.js'

export const watch: Declarations = {
  ui: {
    summary: 'Look at the project in a browser',
    declare: (command) =>
      command
        .description(
          'Look at the project in a browser: freshness, catalogue, lineage, runs, values; nothing is changed',
        )
        .addOption(new Option('-p, --port <port>', '6567 or the next that is free; 0 for any').argParser(portNumber))
        .option(
          '--host <address>',
          'where to listen; any but this machine alone wants a token, which is made',
          '127.0.0.1',
        )
        .option('--no-open', 'leave the browser alone and print the address')
        .examples('fstore ui', 'fstore ui --tenant acme --port 8080 --no-open'),
    load: () => import('../commands/ui.js'),
  },
  status: {
    summary: 'Show what is reachable, live and fresh',
    declare: (command) =>
      command
        .description('Show what can be reached, what is live, and how fresh it is')
        .examples('fstore status', 'fstore status --tenant acme --json'),
    load: () => import('../commands/status.js'),
  },
  jobs: {
    summary: 'List what has run in the database',
    declare: (command) =>
      command
        .description('List what has run, newest first')
        .option('--group <name>', 'only of this group')
        .addOption(
          new Option('--status <status>', 'only these').choices(['running', 'completed', 'failed', 'cancelled']),
        )
        .option('-n, --limit <jobs>', 'jobs to show', '20')
        .examples('fstore jobs', 'fstore jobs --group departures --status failed'),
    load: () => import('../commands/jobs.js'),
  },
  runs: {
    summary: 'List the commands that ran on this machine',
    declare: (command) =>
      command
        .argument('[run]', 'one of them, with all that is kept of it')
        .description(
          'List the commands that ran on this machine, from .fstore/runs; what ran in the database is in jobs',
        )
        .option('-n, --limit <runs>', 'runs to show', '20')
        .examples('fstore runs', 'fstore runs 1a2b3c --json'),
    load: () => import('../commands/runs.js'),
  },
  rejected: {
    summary: 'List rows that broke rules, or replay them',
    declare: (command) =>
      command
        .argument('[group]', 'its name; all groups when absent')
        .description('List rows that broke their rules, or run their windows again')
        .option('--replay', 'run the windows again in which rows were rejected')
        .option('-n, --limit <rows>', 'rows to show', '20')
        .examples('fstore rejected', 'fstore rejected departures --replay'),
    load: () => import('../commands/rejected.js'),
  },
  inspect: {
    summary: 'Show what values look like',
    declare: (command) =>
      command
        .argument('<what>', 'a group, or a feature of it: group.feature')
        .description('Show what the values of a group or a feature look like')
        .option('--now', 'look at the newest row of each entity as it is, instead of at what the runs kept')
        .option('-n, --limit <runs>', 'runs to show of a feature', '20')
        .examples('fstore inspect departures', 'fstore inspect departures.departures_7d --now'),
    load: () => import('../commands/inspect.js'),
  },
  drift: {
    summary: 'Hold values against their baseline',
    declare: (command) =>
      command
        .argument('[group...]', 'names of groups; all when absent')
        .description('Hold the newest values against their baseline; exit 4 where they have moved')
        .addOption(
          new Option('--against <version>', 'the baseline of another version of the group').conflicts('setBaseline'),
        )
        .option('--set-baseline', 'make the newest values the baseline of the groups named')
        .examples('fstore drift', 'fstore drift departures --against 1', 'fstore drift departures --set-baseline'),
    load: () => import('../commands/drift.js'),
  },
  verify: {
    summary: 'Compare history, latest rows and Redis',
    declare: (command) =>
      command
        .argument('[group...]', 'names of groups; all that are live when absent')
        .description('Compare the latest rows with the history, and Redis with the latest rows')
        .addOption(
          new Option('--sample <entities>', 'look at so many entities of each group')
            .argParser(wholeNumber)
            .default(1000),
        )
        .addOption(new Option('--all', 'look at every entity, and at what Redis has besides').conflicts('sample'))
        .examples('fstore verify', 'fstore verify --all', 'fstore verify departures --sample 100'),
    load: () => import('../commands/verify.js'),
  },
  versions: {
    summary: 'List the versions of a group',
    declare: (command) =>
      command
        .argument('<group>', 'its name')
        .description('List the versions of a group, and which of them is live')
        .examples('fstore versions departures', 'fstore versions departures --json'),
    load: () => import('../commands/versions.js'),
  },
  diff: {
    summary: 'Show what differs between versions',
    declare: (command) =>
      command
        .argument('<group>', 'its name')
        .argument('[from]', 'a version; the live one when absent')
        .argument('[to]', 'a version; what the config says when absent, or beside a first one the live one')
        .description('Show what differs between two versions of a group')
        .examples('fstore diff departures', 'fstore diff departures 1', 'fstore diff departures 1 3'),
    load: () => import('../commands/diff.js'),
  },
}
