/** What the command line is made of: a command as help shows it, and the module that does it. */
import type { Command } from 'commander'
import type { FstoreCommand } from '../command.js'

/** The arguments, then the options; returns the exit code. */
export interface CommandModule {
  run(...parameters: any[]): Promise<number>
}

export interface Declaration {
  /** What it is for, in a few words, for the list of commands. */
  readonly summary: string
  readonly declare: (command: FstoreCommand) => Command
  readonly load: () => Promise<CommandModule>
}

/** By name, in the order of the list of commands. */
export type Declarations = Readonly<Record<string, Declaration>>
