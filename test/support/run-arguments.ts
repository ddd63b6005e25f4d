// Reads the command line of the test runner.

export const stageNames = ['checks', 'fast', 'simulation', 'lab'] as const
export type StageName = (typeof stageNames)[number]

export interface RunArguments {
  /** Stages to run, in their order. */
  only: StageName[]
  /** Handed to vitest as they are. */
  vitestArguments: string[]
  /** What the simulation reads of its seeds and plans. */
  env: Record<string, string>
}

/** `--seeds N`: how many; `--seed K`: the first; `--pairs N`: pairs of disturbances for each workload. */
const simulationOptions: Record<string, string> = {
  '--seeds': 'HOMEOSTAT_SEEDS',
  '--seed': 'HOMEOSTAT_SEED',
  '--pairs': 'HOMEOSTAT_PAIRS',
}

/** `--only a,b` (also repeated) chooses stages, default all of them; everything else is for vitest. Throws on an unknown stage and on an option without its number. */
export function parseArguments(words: readonly string[]): RunArguments {
  const asked: string[] = []
  const vitestArguments: string[] = []
  const env: Record<string, string> = {}
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--only') asked.push(...(words[++at] ?? '').split(','))
    else if (word.startsWith('--only=')) asked.push(...word.slice('--only='.length).split(','))
    else if (simulationOptions[word] !== undefined) env[simulationOptions[word]] = numberAfter(word, words[++at])
    else vitestArguments.push(word)
  }
  const unknown = asked.find((name) => !(stageNames as readonly string[]).includes(name))
  if (unknown !== undefined) throw new Error(`--only takes ${stageNames.join(', ')}; not ${JSON.stringify(unknown)}`)
  return { only: stageNames.filter((name) => asked.length === 0 || asked.includes(name)), vitestArguments, env }
}

function numberAfter(word: string, value = ''): string {
  if (/^[0-9]{1,9}$/.test(value)) return value
  throw new Error(`${word} takes a number; not ${JSON.stringify(value)}`)
}
