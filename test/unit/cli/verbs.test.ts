// Every verb of the help can be loaded, and the command line names it.
import { describe, expect, it } from 'vitest'
import { rootCommand } from '../../../src/cli/program.ts'
import { hiddenVerbs, loadVerb, verbOf, verbSummaries } from '../../../src/cli/verbs.ts'

describe('the verbs', () => {
  it.each([...Object.keys(verbSummaries), ...hiddenVerbs])('%s registers a command of its name', async (name) => {
    const program = rootCommand('1.2.3')
    const verb = await loadVerb(name)
    // Registering must need nothing of what a verb needs to run.
    verb.register(program, { env: {}, terminal: { columns: undefined } } as never)
    expect(program.commands.map((command) => command.name())).toEqual([name])
    expect(program.commands[0]?.description()).not.toBe('')
  })

  it.each([
    [['get', 'components'], 'get'],
    [['--state', 'get', 'describe', 'a'], 'describe'],
    [['--state=x', '--no-color', 'run'], 'run'],
    [['help', 'snapshot'], 'snapshot'],
    [['complete', '--', 'get'], 'complete'],
    [['--help'], undefined],
    [[], undefined],
  ])('is found in %j: %s', (words, verb) => {
    expect(verbOf(words)).toBe(verb)
  })
})
