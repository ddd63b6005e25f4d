// The sections that our scripts print: each begins with a mark that was drawn for this one run, so neither a login shell's noise
// nor anything a host holds can be taken for one. Pure.
import { printableLine } from './printable.ts'

/** The answer does not read as it should. The driver makes a `DriverError` of it, with the host's name. */
export class AnswerError extends Error {
  override name = 'AnswerError'
}

export interface Section {
  name: string
  body: string
}

/** Everything between `begin` and `end`. Throws `AnswerError` where one of them is missing. */
export function splitSections(output: string, mark: string): Section[] {
  const [, ...parts] = output.split(`\n${mark} `)
  const sections = parts.map((part) => {
    const newline = part.indexOf('\n')
    return newline < 0 ? { name: part, body: '' } : { name: part.slice(0, newline), body: part.slice(newline + 1) }
  })
  if (sections[0]?.name !== 'begin')
    throw new AnswerError(`the answer does not begin; it reads ${printableLine(output)}`)
  if (sections.at(-1)?.name !== 'end') {
    throw new AnswerError(`the answer was cut short after its part ${printableLine(sections.at(-1)?.name ?? '')}`)
  }
  return sections.slice(1, -1)
}

/** The bodies of exactly these sections in exactly this order. */
export function expectSections<Name extends string>(sections: Section[], names: readonly Name[]): Record<Name, string> {
  const found = sections.map((section) => section.name)
  if (found.join(' ') !== names.join(' ')) {
    throw new AnswerError(`the answer has the parts ${printableLine(found.join(' '))}, not ${names.join(' ')}`)
  }
  return Object.fromEntries(sections.map((section) => [section.name, section.body])) as Record<Name, string>
}

/** Lines of a text, each of which ended with a newline. */
export function linesOf(body: string, what: string): string[] {
  if (body === '') return []
  if (!body.endsWith('\n')) throw new AnswerError(`the ${what} do not end with a newline: ${printableLine(body)}`)
  return body.slice(0, -1).split('\n')
}

/** Records of a text, each of which ended with a NUL byte. */
export function recordsOf(body: string, what: string): string[] {
  if (body === '') return []
  if (!body.endsWith('\0')) throw new AnswerError(`the ${what} do not end with a NUL byte: ${printableLine(body)}`)
  return body.slice(0, -1).split('\0')
}

/** A whole number of at least 0. */
export function wholeNumber(text: string, what: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new AnswerError(`${what} is ${printableLine(text)}, not a number`)
  return Number(text)
}
