// Every component type against fixtures: from options, manifest and peers to each byte that would be written to the host.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { catalog } from '../../../src/catalog/registry.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { manifestSpec, toManifest } from '../../../src/spec/manifest-document.ts'
import { type Given, renderGiven } from '../../support/catalog-given.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures/catalog')

function readYaml(path: string) {
  return parse(readFileSync(join(FIXTURES, path), 'utf8'))
}

/** NixMox's own, evaluated, goes the way of a document; the short one is as the catalog has it. */
function readManifest(path: string): Given['manifest'] {
  return path.endsWith('.json')
    ? (manifestSpec.transform((spec) => toManifest({ spec })).parse(readYaml(path)) as Given['manifest'])
    : readYaml(path)
}

function givenOf(name: string): Given {
  const { manifest, ...given } = readYaml(`${name}/given.yaml`)
  return typeof manifest === 'string' ? { ...given, manifest: readManifest(manifest) } : { ...given, manifest }
}

/** Path below `expected/` → text, for all that a component comes to. */
function written(given: Given): Map<string, string> {
  const { resources, probes } = renderGiven(given)
  const files = resources.flatMap((it) => (it.kind === 'file' ? [[it.path.slice(1), it.content] as const] : []))
  return new Map([
    ...files,
    ['resources.yaml', readable(resources.map(withoutContent))],
    ['probes.yaml', readable(probes)],
  ])
}

function readable(data: unknown): string {
  return stringify(data, { aliasDuplicateObjects: false, lineWidth: 0 })
}

function withoutContent(resource: Resource): unknown {
  const octal = 'mode' in resource ? { mode: `0${resource.mode.toString(8)}` } : {}
  return { ...resource, ...octal, ...(resource.kind === 'file' ? { content: `see ${resource.path.slice(1)}` } : {}) }
}

const cases = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

describe.each(cases)('%s', (name) => {
  const outcome = written(givenOf(name))

  test.each([...outcome])('writes %s as expected', async (path, text) => {
    await expect(text).toMatchFileSnapshot(join(FIXTURES, name, 'expected', path))
  })

  test('has no file that is not written any more', () => {
    const expected = join(FIXTURES, name, 'expected')
    const found = existsSync(expected) ? readdirSync(expected, { recursive: true, withFileTypes: true }) : []
    const kept = found
      .filter((entry) => entry.isFile())
      .map((entry) => relative(expected, join(entry.parentPath, entry.name)))
    expect(kept.filter((path) => !outcome.has(path))).toEqual([])
  })
})

test('every component type has a fixture', () => {
  const covered = new Set(
    cases.map((name) => givenOf(name)).map(({ component, components }) => components[component]?.type),
  )
  expect([...covered].sort()).toEqual(Object.keys(catalog).sort())
})
