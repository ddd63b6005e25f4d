// Finds what could stand in the place of the last word of a command line, from the command's own definition.
import type { Argument, Command, Option } from 'commander'

export interface Names {
  /** Components, and components on their hosts. */
  components: readonly string[]
  hosts: readonly string[]
}

/**
 * The candidates that begin with the last word; it may be empty. `names` is asked only where a name of a component or a
 * host is wanted; where it fails there are no candidates.
 */
export async function candidates(
  root: Command,
  words: readonly string[],
  names: () => Promise<Names>,
): Promise<string[]> {
  const current = words.at(-1) ?? ''
  const place = placeOf(root, words.slice(0, -1))
  const all = await candidatesAt(place, current, names)
  return all.filter((candidate) => candidate.startsWith(current))
}

interface Place {
  command: Command
  /** The option whose value comes next. */
  option: Option | undefined
  /** Arguments of the command that stand already. */
  given: number
}

function placeOf(root: Command, words: readonly string[]): Place {
  const place: Place = { command: root, option: undefined, given: 0 }
  for (const word of words) {
    if (place.option !== undefined) place.option = undefined
    else if (word.startsWith('-')) place.option = valuedOption(place.command, word)
    else {
      const sub = place.command.commands.find((command) => command.name() === word || command.aliases().includes(word))
      if (sub === undefined) place.given += 1
      else Object.assign(place, { command: sub, given: 0 })
    }
  }
  return place
}

async function candidatesAt({ command, option, given }: Place, current: string, names: () => Promise<Names>) {
  if (option !== undefined) return option.argChoices ?? named(option.name(), names)
  if (current.startsWith('-'))
    return optionsOf(command)
      .flatMap(({ long }) => long ?? [])
      .concat('--help')
  if (command.commands.length > 0 && given > 0) return []
  if (command.commands.length > 0)
    return command
      .createHelp()
      .visibleCommands(command)
      .map((sub) => sub.name())
  const argument = argumentAt(command, given)
  return argument === undefined ? [] : (argument.argChoices ?? named(argument.name(), names))
}

function argumentAt({ registeredArguments }: Command, at: number): Argument | undefined {
  const last = registeredArguments.at(-1)
  return registeredArguments[at] ?? (last?.variadic ? last : undefined)
}

/** What an argument or the value of an option stands for is in its name. */
async function named(name: string, names: () => Promise<Names>): Promise<readonly string[]> {
  const kind = name.toLowerCase()
  if (!kind.startsWith('component') && kind !== 'host') return []
  try {
    const { components, hosts } = await names()
    return kind === 'host' ? hosts : components
  } catch {
    // No store, or one that cannot be read: a key press is no place for an error message.
    return []
  }
}

function valuedOption(command: Command, word: string): Option | undefined {
  return optionsOf(command).find((option) => (option.long === word || option.short === word) && option.required)
}

/** The command's own options and those of the commands around it. */
function optionsOf(command: Command): Option[] {
  const around = command.parent === null ? [] : optionsOf(command.parent)
  return [...command.options, ...around].filter(({ hidden }) => !hidden)
}
