/** What the Tab key offers: commands, options and their choices, and the names of the project at hand. */
import type { Command } from 'commander'
import { loadProject } from '../config/load.js'
import type { Project } from '../config/project.js'

/** What an argument or an option of that name holds, in the command named or in any. */
const names: Readonly<Record<string, (project: Project) => readonly string[]>> = {
  group: ({ groups }) => groups.map(({ name }) => name),
  groups: ({ groups }) => groups.map(({ name }) => name),
  select: ({ groups }) => groups.map(({ name }) => name),
  feature: featuresOf,
  'search feature': embeddingsOf,
  features: featuresOf,
  what: (project) => [...project.groups.map(({ name }) => name), ...featuresOf(project)],
  entity: ({ groups }) => [...new Set(groups.map(({ entity }) => entity.name))],
  service: ({ services }) => services.map(({ name }) => name),
  dataset: ({ datasets }) => datasets.map(({ name }) => name),
  profile: ({ profiles }) => Object.keys(profiles),
}

/** A word that may be typed, and what it is. */
type Offer = readonly [word: string, description?: string]

/** @param words what stands after `fstore`, up to the word at the cursor, which may be empty */
export async function completions(words: readonly string[], program: Command): Promise<Offer[]> {
  const word = words.at(-1) ?? ''
  const offers = await offersFor(program, words.slice(0, -1), word)
  return offers.filter(([offered]) => offered.startsWith(word))
}

async function offersFor(
  program: Command,
  [name, ...before]: readonly string[],
  word: string,
): Promise<readonly Offer[]> {
  const commands = program.createHelp().visibleCommands(program)
  if (name === undefined) return commands.map((command) => [command.name(), command.description()])
  const command = commands.find((one) => one.name() === name)
  if (command === undefined) return []
  const option = optionOf(command, before.at(-1))
  if (option !== undefined) return valuesOf(option.name(), option.argChoices, word)
  if (word.startsWith('-'))
    return command
      .createHelp()
      .visibleOptions(command)
      .map(({ long, description }) => [long ?? '', description])
  const typed = before.filter((text, i) => !text.startsWith('-') && optionOf(command, before[i - 1]) === undefined)
  const argument = command.registeredArguments[typed.length] ?? command.registeredArguments.at(-1)
  const isOver = typed.length >= command.registeredArguments.length && argument?.variadic !== true
  if (argument === undefined || isOver) return []
  const own = `${name} ${argument.name()}`
  return valuesOf(own in names ? own : argument.name(), argument.argChoices, word)
}

/** The option that what follows the word is the value of. */
function optionOf(command: Command, word: string | undefined) {
  const option =
    word === undefined ? undefined : command.options.find(({ short, long }) => word === short || word === long)
  return option?.required || option?.optional ? option : undefined
}

async function valuesOf(name: string, choices: readonly string[] | undefined, word: string): Promise<Offer[]> {
  if (choices !== undefined) return choices.map((choice) => [choice])
  const of = names[name]
  if (of === undefined) return []
  // What comes before the last comma of a list stays.
  const kept = word.slice(0, word.lastIndexOf(',') + 1)
  try {
    return of((await loadProject()).project).map((value) => [`${kept}${value}`])
  } catch {
    // Whoever types is not to be told of a config that is broken, or of none.
    return []
  }
}

function embeddingsOf({ groups }: Project): string[] {
  return groups.flatMap(({ name, features }) =>
    features.flatMap((feature) => (feature.dataType === 'embedding' ? [`${name}.${feature.name}`] : [])),
  )
}

function featuresOf({ groups }: Project): string[] {
  return groups.flatMap(({ name, features }) => features.map((feature) => `${name}.${feature.name}`))
}

/** By shell, the script that asks `fstore complete`, and offers files where that has nothing. */
export const scripts = {
  bash: `_fstore() {
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    COMPREPLY+=("$word")
  done < <(fstore complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _fstore fstore`,
  zsh: `#compdef fstore
_fstore() {
  local line
  local -a offers
  while IFS= read -r line; do
    offers+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(fstore complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#offers )); then _describe '' offers; else _files; fi
}
compdef _fstore fstore`,
  fish: `complete -c fstore -a '(fstore complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
} as const
