// The example of docs/secrets.md is read by the very code that it describes.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { catalog } from '../../../src/catalog/registry.ts'
import { desire } from '../../../src/controller/desire.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'

const text = readFileSync(new URL('../../../docs/secrets.md', import.meta.url), 'utf8')
const host = 'apiVersion: homeostat/v1\nkind: Host\nmetadata: { name: web }\nspec: { address: 10.0.0.1 }\n---\n'

test('the component of docs/secrets.md can be deployed, and refers to the secret that was set above it', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? []
  const { desired } = readDesiredState({ 'a.yaml': host + example }, {}, catalog)
  const asked: string[] = []
  const { wishes, issues } = desire(desired, catalog, (name) => {
    asked.push(name)
    return { digest: '0123456789abcdef' }
  })
  expect([...desired.issues, ...issues]).toEqual([])
  expect(wishes.get('app@web')?.kind).toBe('deploy')
  expect(text).toContain(`homeostat secrets set ${asked[0]} `)
})
