/** A command whose help shows how it is used before it lists what it takes. */
import { Command } from 'commander'

export class FstoreCommand extends Command {
  #examples: readonly string[] = []

  /** Whole lines, as one would type them. */
  examples(...lines: readonly string[]): this {
    this.#examples = lines
    return this
  }

  override createCommand(name?: string): FstoreCommand {
    return new FstoreCommand(name)
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
