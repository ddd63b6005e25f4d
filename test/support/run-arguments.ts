// Reads the command line of the test runner.

export const stageNames = ['checks', 'fast', 'simulation', 'lab'] as const
export type StageName = (typeof stageNames)[number]

export interface RunArguments {
  /** Stages to run, in their order. */
  only: StageName[]
  /** Handed to vitest as they are. */
  vitestArguments: string[]
}

/** `--only a,b` (also repeated) chooses stages, default all of them; everything else is for vitest. Throws on an unknown stage. */
export function parseArguments(words: readonly string[]): RunArguments {
  const asked: string[] = []
  const vitestArguments: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--only') asked.push(...(words[++at] ?? '').split(','))
    else if (word.startsWith('--only=')) asked.push(...word.slice('--only='.length).split(','))
    else vitestArguments.push(word)
  }
  const unknown = asked.find((name) => !(stageNames as readonly string[]).includes(name))
  if (unknown !== undefined) throw new Error(`--only takes ${stageNames.join(', ')}; not ${JSON.stringify(unknown)}`)
  return { only: stageNames.filter((name) => asked.length === 0 || asked.includes(name)), vitestArguments }
}
