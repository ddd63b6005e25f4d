// Asks the running controller to do something about a component, and prints what it does about each of its hosts.
import { escapeControl } from '../model/escape-control.ts'
import { splitKey } from '../model/key.ts'
import type { Composition, ControllerAnswer } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'

interface Answer {
  keys?: string[]
  /** Absent where it was confirmed, not asked for. */
  asked?: { key: string; does: string }[]
  /** Why nothing is done about others. */
  problems?: string[]
  error?: string
}

/** `loki@dns` as the API takes it. */
export function namedBy(name: string): { component: string; host?: string } {
  const { component, host } = splitKey(name as `${string}@${string}`)
  return host === '' ? { component } : { component, host }
}

/** Throws `CliError` where nothing at all is done; exits with 1 where something is not. */
export async function ask(path: string, body: object, { controller, terminal, exit }: Composition): Promise<void> {
  const { asked, problems } = said(await controller.request('POST', path, { body: JSON.stringify(body) }))
  const lines = asked.map(({ key, does }) => `component/${key} ${does}\n`)
  terminal.out(escapeControl(lines.join(''), { keep: '\n' }))
  if (problems.length === 0) return
  terminal.err(escapeControl(problems.map((problem) => `${problem}\n`).join(''), { keep: '\n' }))
  exit(exitCodes.problems)
}

function said({ status, body }: ControllerAnswer) {
  const { keys, asked, problems = [], error } = JSON.parse(body) as Answer
  if (status !== 202 || keys === undefined) throw new CliError(error ?? `the controller answered ${status}`)
  return { asked: asked ?? keys.map((key) => ({ key, does: 'may be removed' })), problems }
}
