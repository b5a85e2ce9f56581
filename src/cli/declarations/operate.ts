/** What keeps a store in order. */
import { Argument, Option } from 'commander'
import type { Declarations } from './declaration.js'
import { allTenants } from './option.js'
import { wholeNumber } from './value.js'

export const operate: Declarations = {
  sync: {
    summary: 'Send to Redis what has changed',
    declare: (command) =>
      command
        .argument('[group...]', 'names of groups; all that are live when absent')
        .description('Send to Redis what has changed in Postgres, or all where Redis was emptied')
        .addOption(new Option('--full', 'delete what Redis has of the project, whosever it is, and send all'))
        .addOption(allTenants().conflicts('tenant'))
        .examples('fstore sync', 'fstore sync departures', 'fstore sync --full'),
    load: () => import('../commands/sync.js'),
  },
  rollback: {
    summary: 'Make an earlier version live again',
    declare: (command) =>
      command
        .argument('<group>', 'its name')
        .argument('[version]', 'which to make live again; the one before when absent')
        .description('Make an earlier version of a group live again')
        .option('--dry-run', 'show what readers will see change, change nothing')
        .option('-y, --yes', 'ask nothing')
        .examples('fstore rollback departures --dry-run', 'fstore rollback departures 1 --yes'),
    load: () => import('../commands/rollback.js'),
  },
  tenants: {
    summary: 'List, add and suspend tenants',
    declare: (command) =>
      command
        .addArgument(
          new Argument('[action]', 'what to do').choices(['list', 'add', 'suspend', 'remove']).default('list'),
        )
        .argument('[tenant]', 'its name')
        .description('List, add and suspend tenants')
        .option('--display-name <text>', 'what people call it')
        .examples('fstore tenants', 'fstore tenants add acme', 'fstore tenants suspend acme'),
    load: () => import('../commands/tenants.js'),
  },
  cleanup: {
    summary: 'Remove what nobody can ask for any more',
    declare: (command) =>
      command
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
        .examples('fstore cleanup --dry-run', 'fstore cleanup --only expired history'),
    load: () => import('../commands/cleanup.js'),
  },
  erase: {
    summary: 'Remove a person or a tenant everywhere',
    declare: (command) =>
      command
        .argument('[entity]', 'its name; with --tenant alone the whole tenant goes')
        .argument('[key...]', 'its key, or name=value for each of its keys')
        .description('Remove a person, or a tenant, everywhere, and count again what is left')
        .option('--dry-run', 'count what would be erased, and erase nothing')
        .option('-y, --yes', 'ask nothing')
        .examples('fstore erase user 42 --dry-run', 'fstore erase user 42 --yes', 'fstore erase --tenant acme'),
    load: () => import('../commands/erase.js'),
  },
}
