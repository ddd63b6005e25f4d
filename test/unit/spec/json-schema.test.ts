// The JSON Schema for editors, and the shipped desired state that uses it.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalog } from '../../../src/catalog/registry.ts'
import { schemaText } from '../../../src/cli/schema.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'
import { isSopsFile } from '../../../src/spec/document-file.ts'
import { jsonSchema } from '../../../src/spec/json-schema.ts'
import { lineOf, types } from './given.ts'

const shipped = new URL('../../../desired-state/', import.meta.url)
const yamlFiles = readdirSync(shipped).filter((file) => file.endsWith('.yaml') && !isSopsFile(file))
const textOf = (file: string) => readFileSync(new URL(file, shipped), 'utf8')

describe('the JSON Schema', () => {
  it('beside the shipped desired state is the one that is generated (`homeostat schema > desired-state/.schema.json`)', async () => {
    expect(textOf('.schema.json')).toBe(await schemaText())
  })

  it('offers the options of a component by its type', () => {
    const [component] = jsonSchema(types).oneOf as [Record<string, never>]
    expect(component).toMatchObject({
      properties: {
        kind: { const: 'Component' },
        spec: {
          required: ['type', 'hosts'],
          additionalProperties: false,
          properties: { type: { oneOf: [{ const: 'clock', description: 'Tells the time.' }] } },
          allOf: [
            {
              if: { properties: { type: { const: 'clock' } } },
              // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
              then: {
                properties: {
                  options: {
                    additionalProperties: false,
                    properties: {
                      interval: { default: '15s', description: 'How often.' },
                      port: { default: 123, minimum: 1, maximum: 65_535 },
                    },
                  },
                },
              },
            },
          ],
        },
      },
    })
  })

  it('knows every kind', () => {
    const kinds = (jsonSchema(types).oneOf as { title: string }[]).map(({ title }) => title)
    expect(kinds).toEqual(['Component', 'Host', 'Manifest', 'Dashboard', 'AlertRules', 'Window'])
  })
})

describe('the shipped desired state', () => {
  it('has no problem', () => {
    const texts = Object.fromEntries(yamlFiles.map((file) => [file, textOf(file)]))
    expect(readDesiredState(texts, {}, catalog).desired.issues.map(lineOf)).toEqual([])
  })

  it.each(yamlFiles)('tells editors where the schema is: %s', (file) => {
    expect(textOf(file).split('\n', 1)[0]).toBe('# yaml-language-server: $schema=.schema.json')
  })
})
