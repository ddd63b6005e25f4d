// Faults that a test switches on while a stand-in runs: words in a file, looked at on every request.
import { readFileSync } from 'node:fs'

/**
 * `unready`: its readiness page says no. `hang`: requests are never answered. `reset`: connections are cut. `swallow`: what is
 * sent in is taken, thanked for and forgotten.
 */
export type Fault = 'unready' | 'hang' | 'reset' | 'swallow'

const DIRECTORY = '/run/homeostat-stand-ins'

/** Where a test writes the faults of a program, in words with blanks between them. */
export function faultFile(program: string): string {
  return `${DIRECTORY}/${program}`
}

export function hasFault(program: string, fault: Fault): boolean {
  try {
    return readFileSync(faultFile(program), 'utf8').split(/\s+/).includes(fault)
  } catch {
    // No file is no fault, and one that cannot be read is not for us.
    return false
  }
}
