/** The benchmarks there are, each a file that exports `run`. */
import type { Bench } from './harness.js'

export interface Entry {
  readonly name: string
  readonly about: string
  /** At full size and five runs, on two quiet cores. */
  readonly minutes: number
  /** How often each side runs unless told; 5 when absent. */
  readonly runs?: number
  /** Needs Python packages, which a smoke run does not install. */
  readonly python?: true
  /** Minutes even at the smallest size: not part of a smoke run unless it is named. */
  readonly long?: true
  /** Goes on for `minutes`, or as many as are asked for; part of a full run only when it is named. */
  readonly apart?: true
  readonly load: () => Promise<{ run(bench: Bench): Promise<void> }>
}

export const catalogue: readonly Entry[] = [
  {
    name: 'materialize',
    about: 'one window into history and latest, against INSERT … SELECT by hand',
    minutes: 8,
    load: () => import('./materialize.js'),
  },
  {
    name: 'backfill',
    about: 'a year of daily windows, one and several at a time',
    minutes: 20,
    runs: 1,
    long: true,
    load: () => import('./backfill.js'),
  },
  {
    name: 'point-in-time',
    about: 'exports of four shapes, against LATERAL by hand and DuckDB’s ASOF join',
    minutes: 15,
    load: () => import('./point-in-time.js'),
  },
  {
    name: 'online',
    about: 'reads through Redis and from memory, and the way into Redis, against ioredis',
    minutes: 6,
    load: () => import('./online.js'),
  },
  {
    name: 'serve',
    about: 'reads over HTTP, against a route that only sends the same bytes',
    minutes: 10,
    load: () => import('./serve.js'),
  },
  {
    name: 'search',
    about: 'nearest embeddings: recall and time, against comparing all',
    minutes: 8,
    runs: 3,
    long: true,
    load: () => import('./search.js'),
  },
  {
    name: 'startup',
    about: 'how long commands take to start, against node with nothing to do',
    minutes: 1,
    long: true,
    load: () => import('./startup.js'),
  },
  {
    name: 'feast',
    about: 'Feast on PostgreSQL and Redis: online, reads, HTTP, point-in-time joins, start-up',
    minutes: 30,
    python: true,
    load: () => import('./peers/feast.js'),
  },
  {
    name: 'feast-files',
    about: 'Feast as it comes, on files and SQLite, against fstore as it comes, on PGlite',
    minutes: 10,
    runs: 3,
    python: true,
    load: () => import('./peers/feast-files.js'),
  },
  {
    name: 'mlforge',
    about: 'mlforge on DuckDB and Redis: build, reads, training data, start-up',
    minutes: 10,
    runs: 3,
    python: true,
    load: () => import('./peers/mlforge.js'),
  },
  {
    name: 'rolling',
    about: 'rolling aggregates of a million events, against mlforge',
    minutes: 25,
    runs: 1,
    python: true,
    load: () => import('./rolling.js'),
  },
  {
    name: 'scaling',
    about: 'how time and memory grow with rows, features, groups, partitions, tenants, entities, spines',
    minutes: 10,
    runs: 3,
    long: true,
    load: () => import('./scaling.js'),
  },
  {
    name: 'soak',
    about: 'everything at once for half an hour (--minutes), with faults',
    minutes: 30,
    apart: true,
    load: () => import('./soak.js'),
  },
]

export function findEntry(name: string): Entry {
  const entry = catalogue.find((one) => one.name === name)
  if (entry === undefined)
    throw new Error(`No benchmark is called ${name}. There are ${catalogue.map((one) => one.name).join(', ')}.`)
  return entry
}
