// What the catalog writes to a host, as its fixtures have it: for tests of who reads it there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Text of a file that the fixture expects, by its path without the first slash. */
export function fixtureText(fixture: string, path: string): string {
  return readFileSync(join(import.meta.dirname, '../fixtures/catalog', fixture, 'expected', path), 'utf8')
}
