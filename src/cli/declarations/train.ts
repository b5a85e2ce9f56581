/** What makes training sets. */
import { Option } from 'commander'
import type { Declarations } from './declaration.js'
import { list } from './value.js'

export const train: Declarations = {
  'pit-export': {
    summary: 'Join features to a spine, point in time',
    declare: (command) =>
      command
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
        ),
    load: () => import('../commands/pit-export.js'),
  },
  'export-training': {
    summary: 'Write a training set of the config',
    declare: (command) =>
      command
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
        ),
    load: () => import('../commands/export-training.js'),
  },
}
