// The verbs and their one-line summaries, so that help needs none of them loaded, and the loader of the one asked for.
import type { Verb } from './composition.ts'

/** In the order of the help text. */
export const verbSummaries: Readonly<Record<string, string>> = {
  demo: 'boot a lab of real hosts here and deploy the shipped desired state to it',
  run: 'reconcile the desired state until stopped, or once with --once',
  validate: 'report every problem in the desired state, touching nothing',
  secrets: 'check, set and edit the secrets of the desired state',
  doctor: 'say what is wrong on the hosts and around them, and what to do about it',
  sudoers: 'print the sudoers file for a login user that is not root',
  logs: 'show what the units of a component wrote to their journals',
  test: 'send a marked alert, log line or request through what is deployed, and show where it got to',
  enable: 'write into the YAML that a component is to be there',
  disable: 'write into the YAML that a component is to be removed',
  coverage: 'compare what should be measured with what Prometheus measures',
  plan: 'show what would be changed on the live hosts',
  adopt: 'write what was changed on a host into the YAML',
  apply: 'do exactly what a plan showed, once',
  get: 'list components, hosts or events',
  describe: 'show everything needed to understand one component',
  snapshot: 'show the persisted state machine of a component',
  history: 'show what was deployed, when, why and how it ended',
  diff: 'show what two generations of a component have different',
  rollback: 'go back to what was proven before, or on to what is written again',
  unquarantine: 'let a revision that was taken back be tried again',
  reconcile: 'ask the running controller for a pass now',
  import: 'make desired state of what other tools describe the network with',
  schema: 'print the JSON Schema of the desired state, for editors',
  lab: 'boot, inspect and remove the lab of real hosts',
  completion: 'print the completion script of a shell',
  version: 'print the version',
}

/** Loads one verb, so that only its own imports are paid for. */
const loaders: Readonly<Record<string, () => Promise<Verb>>> = {
  complete: () => import('./complete.ts'),
  demo: () => import('./demo.ts'),
  run: () => import('./run.ts'),
  validate: () => import('./validate.ts'),
  secrets: () => import('./secrets.ts'),
  doctor: () => import('./doctor.ts'),
  sudoers: () => import('./sudoers.ts'),
  logs: () => import('./logs.ts'),
  test: () => import('./test.ts'),
  enable: async () => (await import('./enabled.ts')).enabledVerb('enable'),
  disable: async () => (await import('./enabled.ts')).enabledVerb('disable'),
  coverage: () => import('./coverage.ts'),
  plan: () => import('./plan.ts'),
  adopt: () => import('./adopt.ts'),
  apply: () => import('./apply.ts'),
  get: () => import('./get.ts'),
  describe: () => import('./describe.ts'),
  snapshot: () => import('./snapshot.ts'),
  history: () => import('./history.ts'),
  diff: () => import('./diff.ts'),
  rollback: () => import('./rollback.ts'),
  unquarantine: () => import('./unquarantine.ts'),
  reconcile: () => import('./reconcile.ts'),
  import: () => import('./import.ts'),
  schema: () => import('./schema.ts'),
  lab: () => import('./lab.ts'),
  completion: () => import('./completion.ts'),
  version: () => import('./version.ts'),
}

/** Verbs for scripts, not for people: not in the help. */
export const hiddenVerbs: readonly string[] = ['complete']

/** Options of the program that take a value in the next word. */
const valuedOptions = ['--state']

/** The first word that is not an option, which is the verb, or for `help VERB` that verb; undefined without one. */
export function verbOf(words: readonly string[]): string | undefined {
  const plain: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (valuedOptions.includes(word)) at++
    else if (word === '--') break
    else if (!word.startsWith('-')) plain.push(word)
  }
  return plain[0] === 'help' ? plain[1] : plain[0]
}

/** Rejects for a name that is no verb. */
export async function loadVerb(name: string): Promise<Verb> {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
  if (load === undefined) throw new Error(`there is no verb ${name}`)
  return load()
}
