/** What helps to write features. */
import { Argument } from 'commander'
import type { Declarations } from './declaration.js'

export const writeFeatures: Declarations = {
  validate: {
    summary: 'Check config and SQL against the database',
    declare: (command) =>
      command
        .description('Check config and SQL against the database; writes nothing')
        .examples('fstore validate', 'fstore validate --json')
        .addHelpText('after', '\nExit codes: 2 where something is wrong, 4 where there are warnings only.'),
    load: () => import('../commands/validate.js'),
  },
  preview: {
    summary: "Run a group's SELECT for one window",
    declare: (command) =>
      command
        .argument('<group>', 'its name')
        .description("Run a group's SELECT for one window and show its rows; writes nothing")
        .option('--at <timestamp>', 'the last window that ends at or before this; now when absent')
        .option('-n, --limit <rows>', 'rows to show', '10')
        .examples('fstore preview departures', 'fstore preview departures --at 2001-02-01'),
    load: () => import('../commands/preview.js'),
  },
  dev: {
    summary: 'On every save: validate, preview, plan',
    declare: (command) =>
      command
        .description('Whenever a file of the project is saved: validate, preview what changed, and show the plan')
        .option('--at <timestamp>', 'preview the last window that ends at or before this; now when absent')
        .examples('fstore dev', 'fstore dev --at 2001-02-01'),
    load: () => import('../commands/dev.js'),
  },
  test: {
    summary: "Run a group's SQL on the rows of fixtures",
    declare: (command) =>
      command
        .argument('[what...]', 'files of fixtures; tests/*.json of the project when absent; with --record a key')
        .description("Run a group's SQL on the rows of a fixture, in a database of its own; exit 4 where values differ")
        .option('--record <group>', 'write a fixture from the source rows of one entity, and its values now')
        .option('--at <timestamp>', 'with --record, its values as of then')
        .option('-o, --output <file>', 'with --record, where to; tests/<group>-<key>.json when absent')
        .examples('fstore test', 'fstore test --record departures SFO --at 2001-02-01'),
    load: () => import('../commands/test.js'),
  },
  list: {
    summary: 'List what is declared, and what is live',
    declare: (command) =>
      command
        .addArgument(
          new Argument('[what]', 'what to list')
            .choices(['groups', 'features', 'entities', 'services', 'datasets'])
            .default('groups'),
        )
        .description('List what the project declares, and what is live')
        .examples('fstore list', 'fstore list features --json'),
    load: () => import('../commands/list.js'),
  },
}
