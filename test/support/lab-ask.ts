// Asks an HTTP API on a lab host many things at once: a program for each would take its time where much runs.
import type { Lab } from '../../src/lab/lab.ts'
import type { AskAll } from './asked-queries.ts'

/** What fits in one argument of a program (128 KiB), with room to spare. */
const AT_ONCE = 50
const END = '--end of an answer--'

/** Answers are JSON; what is none becomes the error. */
export function askOn(lab: Lab, host: string, base: string): AskAll {
  return async (paths) => {
    const answers: Awaited<ReturnType<AskAll>> = []
    for (let at = 0; at < paths.length; at += AT_ONCE)
      answers.push(...(await ask(lab, host, base, paths.slice(at, at + AT_ONCE))))
    return answers
  }
}

async function ask(lab: Lab, host: string, base: string, paths: string[]): ReturnType<AskAll> {
  const config = paths.map((path) => `url = "${base}${path}"\n`).join('')
  const encoded = Buffer.from(config).toString('base64')
  const curl = `curl -sS -g -m 60 -w '\\n${END}\\n' -K -`
  const said = await lab.shell(host, `echo ${encoded} | base64 -d | ${curl}`, { timeoutMs: 180_000 })
  return said.split(`\n${END}\n`).slice(0, paths.length).map(parsed)
}

function parsed(text: string): Awaited<ReturnType<AskAll>>[number] {
  try {
    return JSON.parse(text)
  } catch {
    return { status: 'error', error: text.trim() }
  }
}
