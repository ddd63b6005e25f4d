// The seeds that tests of parsers begin with: see test/fixtures/corpus/README.md.
import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../fixtures/corpus/', import.meta.url)

/** Names and bytes of the seeds for one kind of reader, by name; never none. */
export function corpusBytes(kind: string): [name: string, bytes: Buffer][] {
  const names = readdirSync(new URL(`${kind}/`, folder)).sort()
  if (names.length === 0) throw new Error(`there are no seeds for ${kind}`)
  return names.map((name) => [name, readFileSync(new URL(`${kind}/${name}`, folder))])
}

/** The same as the text that a reader gets: what is no UTF-8 is replaced. */
export function corpus(kind: string): [name: string, text: string][] {
  return corpusBytes(kind).map(([name, bytes]) => [name, bytes.toString('utf8')])
}
