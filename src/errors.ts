/**
 * Every error fstore raises on purpose: a stable code, what happened, where, why, and how to mend it.
 * Nothing in an error may hold a secret or the values of a user's rows beyond the keys needed to find them.
 */

/** Exit codes of the command line, by meaning. */
export const exit = {
  done: 0,
  bug: 1,
  usage: 2,
  failed: 3,
  findings: 4,
  unreachable: 5,
  locked: 6,
  interrupted: 130,
} as const

/** What the command line exits with. */
export type ExitCode = (typeof exit)[keyof typeof exit]

/** The catalogue: one line a code. `docs/errors.md` is generated from it. */
export const catalogue = {
  CONFIG_NOT_FOUND: [exit.usage, 'No featurestore.config.ts in this folder or any above it.'],
  CONFIG_SYNTAX: [exit.usage, 'The config file is not valid TypeScript.'],
  CONFIG_FAILED: [exit.usage, 'The config file threw while it was loaded.'],
  CONFIG_INVALID: [exit.usage, 'The config was read, and something in it is wrong; every mistake is listed.'],
  PROFILE_UNKNOWN: [exit.usage, 'The profile asked for is not in the config.'],
  ENV_MISSING: [exit.usage, 'The config reads an environment variable that is not set.'],
  USAGE: [exit.usage, 'The command line was not understood.'],
  TIMESTAMP_INVALID: [exit.usage, 'A timestamp could not be read, or has no time zone.'],
  RANGE_EMPTY: [exit.usage, 'The start and end given leave nothing, or no whole window, between them.'],
  NAME_UNKNOWN: [exit.usage, 'Nothing has that name: no group, feature, entity, column, version or tenant.'],
  TENANT_UNKNOWN: [exit.usage, 'No tenant has that name, and none is made by mistake.'],
  NAME_AMBIGUOUS: [exit.usage, 'The name or key fits more than one thing.'],
  KEY_INVALID: [exit.usage, 'An entity key is missing, extra, or of the wrong type.'],
  VALUE_INVALID: [exit.usage, 'A value that was given for a feature is not of its type.'],
  PUSH_REFUSED: [exit.usage, 'A value was pushed to a group that is computed by SQL, or fed by events.'],
  EVENT_INVALID: [exit.usage, 'An event has no id, an unknown type, or a payload or key that cannot be read.'],
  NOT_COMPUTED: [exit.usage, 'The group has no windows: its rows are pushed, or it is computed when it is read.'],
  REQUEST_INVALID: [
    exit.usage,
    'Request data that an on-demand group is computed with is missing, or of the wrong type.',
  ],
  DIRECTORY_NOT_EMPTY: [exit.usage, 'init would overwrite files that exist.'],
  SQL_FILE_MISSING: [exit.usage, 'A file named by sqlFile() does not exist.'],
  SQL_INVALID: [exit.usage, 'The SQL is not one SELECT that fstore can run.'],
  SCRIPT_INVALID: [exit.usage, 'A SQL script holds something fstore cannot run, such as a psql command but \\copy.'],
  DATA_FILE_MISSING: [exit.usage, 'A SQL script, or a file it loads, does not exist or cannot be read.'],
  SQL_FAILED: [exit.failed, 'The database refused the SQL.'],
  TRANSFORM_COLUMNS: [exit.failed, 'A transform does not yield the columns its group declares.'],
  TRANSFORM_TYPE: [exit.failed, 'A transform yields a column whose type does not fit the declared one.'],
  TRANSFORM_WRITES: [exit.failed, 'A transform, or the SQL of a spine, tries to write. They may only read.'],
  TRANSFORM_DUPLICATE: [exit.failed, 'A transform yields one entity twice for the same instant.'],
  TRANSFORM_OUTSIDE_WINDOW: [exit.failed, 'A transform yields an event_timestamp outside its window.'],
  COMPUTE_FAILED: [
    exit.failed,
    'The function of an on-demand group threw, or gave what is not a value of its feature.',
  ],
  TOO_MANY_REJECTED: [exit.failed, 'More rows broke their rules than maxRejected allows.'],
  SOURCE_DENIED: [exit.failed, 'The role fstore reads with may not read a source table.'],
  PERMISSION_DENIED: [exit.failed, 'The database user lacks a right that fstore needs.'],
  MIGRATION_EDITED: [exit.failed, 'A migration that was already applied has changed since.'],
  MIGRATION_NEWER: [exit.failed, 'The database was migrated by a newer fstore.'],
  MIGRATION_FAILED: [exit.failed, 'A migration failed; nothing of it was kept.'],
  NOT_MIGRATED: [exit.failed, 'The schema is not there yet, or is behind this version of fstore.'],
  FIXTURE_INVALID: [exit.usage, 'A fixture of `fstore test` cannot be read, or names what is not there.'],
  SPINE_INVALID: [exit.usage, 'The spine lacks a column, or a row of it cannot be read.'],
  MANIFEST_INVALID: [exit.usage, 'The file is not a manifest of an export.'],
  OUTPUT_FAILED: [exit.failed, 'The output file could not be written; nothing is left under its name.'],
  NAME_COLLISION: [exit.usage, 'Two columns of the output would have the same name.'],
  ROW_REJECTED: [exit.failed, 'A pushed row broke a rule of its group; it is kept among the rejected rows.'],
  NOT_BUILT: [exit.failed, 'A group was declared but never built.'],
  PROMOTION_BLOCKED: [exit.failed, 'A new version is not whole yet, or a view stands in its way.'],
  ROLLBACK_REFUSED: [exit.failed, 'There is no version to go back to, or its table is gone.'],
  DATABASE_VERSION: [exit.failed, 'The PostgreSQL server is older than 15.'],
  DATA_VERSION: [exit.failed, 'The embedded database was made by another major version of PostgreSQL.'],
  EMBEDDING_MISSING: [exit.failed, 'The entity to search by has no embedding.'],
  EXTENSION_MISSING: [exit.failed, 'The config has embeddings and the server has no pgvector.'],
  DATABASE_UNREACHABLE: [exit.unreachable, 'The database cannot be reached.'],
  REDIS_UNREACHABLE: [exit.unreachable, 'Redis cannot be reached, or did not answer in time.'],
  REDIS_REFUSED: [exit.failed, 'Redis refused a command: it is full, read-only, or the user may not.'],
  REDIS_FOREIGN: [exit.failed, 'Redis holds the values of another database under the same project name.'],
  LOCKED: [exit.locked, 'Another process holds the project.'],
  LISTEN_FAILED: [exit.failed, 'The server could not listen on its address.'],
  TOKENS_INVALID: [exit.usage, 'The tokens that the server is to accept cannot be read, or one is wrong.'],
  INTERRUPTED: [exit.interrupted, 'Stopped by the user.'],
  INTERNAL: [exit.bug, 'A bug in fstore.'],
} as const satisfies Record<string, readonly [ExitCode, string]>

/** The stable codes of errors; see the list in docs/errors.md. */
export type ErrorCode = keyof typeof catalogue

/** A place in a file. `line` and `column` count from 1; `source` is the whole text of the file, for the excerpt. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** The text of that line, shown with a caret under the column. */
  readonly text?: string
}

/** One of several mistakes reported together. */
export interface Problem {
  /** Path in the config, such as `groups[0].features.age.min`. */
  readonly path: string
  readonly message: string
  readonly fix?: string
}

/** What an error says besides its code and its message. */
export interface ErrorDetails {
  readonly where?: Place | undefined
  readonly why?: string | undefined
  readonly fix?: string | undefined
  readonly problems?: readonly Problem[] | undefined
  readonly cause?: unknown
}

/**
 * Everything that fstore raises on purpose: a stable code, what happened (`message`), where, why, and how to mend it.
 */
export class FstoreError extends Error {
  override readonly name = 'FstoreError'
  readonly code: ErrorCode
  /** The file and line of the user's own that it is about. */
  readonly where: Place | undefined
  /** Why that is an error, where the message does not say it. */
  readonly why: string | undefined
  /** How to mend it: a command, a GRANT, another spelling. */
  readonly fix: string | undefined
  /** Each mistake, where there may be several, as in a config. */
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.where = details.where
    this.why = details.why
    this.fix = details.fix
    this.problems = details.problems ?? []
  }

  /** What the command line exits with. */
  get exitCode(): ExitCode {
    return catalogue[this.code][0]
  }

  /** The error as plain data, as `--json` prints it. The cause stays behind: it may hold a secret. */
  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      ...(this.where && { where: this.where }),
      ...(this.why !== undefined && { why: this.why }),
      ...(this.fix !== undefined && { fix: this.fix }),
      ...(this.problems.length > 0 && { problems: this.problems }),
    }
  }
}
