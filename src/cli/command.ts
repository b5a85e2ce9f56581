/** A command whose help shows how it is used before it lists what it takes. */
import { Command, type Option } from 'commander'

export class FstoreCommand extends Command {
  readonly #words: readonly string[] | undefined
  #isListed = false
  #examples: readonly string[] = []

  /** @param words of the command line: a command that they do not name can only be listed, and is given no options */
  constructor(name?: string, words?: readonly string[]) {
    super(name)
    this.#words = words
  }

  /** Whole lines, as one would type them. */
  examples(...lines: readonly string[]): this {
    this.#examples = lines
    return this
  }

  override createCommand(name = ''): FstoreCommand {
    const command = new FstoreCommand(name)
    command.#isListed = this.#words?.includes(name) === false
    return command
  }

  // To make those of all commands takes longer than to read the whole program.
  override option(...parameters: any[]): this {
    return this.#isListed ? this : super.option(...(parameters as Parameters<Command['option']>))
  }

  override addOption(option: Option): this {
    return this.#isListed ? this : super.addOption(option)
  }

  /** Examples stand after the description: who asks for help mostly looks for a line to copy. */
  override helpInformation(...context: Parameters<Command['helpInformation']>): string {
    const help = super.helpInformation(...context)
    if (this.#examples.length === 0) return help
    const at = help.search(/\n(?:Arguments|Options)[^\n]*:\n/)
    const examples = `Examples:\n${this.#examples.map((line) => `  ${line}`).join('\n')}\n`
    return `${help.slice(0, at)}\n${examples}${help.slice(at)}`
  }
}
