// The values of secrets on the way to a host: in the two texts that may hold one, and nowhere else.
import { describe, expect, it } from 'vitest'
import type { Probe } from '../../../src/model/probe.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { type Reveal, replaceSecrets } from '../../../src/model/secret-reference.ts'
import type { Target } from '../../../src/model/target.ts'
import { missingSecret, revealTarget, seal } from '../../../src/plan/seal.ts'
import { secretText, withSecretText } from '../../../src/plan/secret-text.ts'
import { file, targetOf, unit } from './given.ts'

const token = (name: string) => `\${secret:${name}@0123456789abcdef}`
const role = (password: string): Resource => ({ kind: 'postgres-role', name: 'app', memberOf: [], password })
const withoutPassword: Resource = { kind: 'postgres-role', name: 'reader', memberOf: [] }
const values: Record<string, string> = { 'a/b': 'hunter2', role: 'hunter3' }
const reveal: Reveal = (text) => {
  return text.includes('secret:gone')
    ? { problem: 'gone is not known' }
    : { text: replaceSecrets(text, ({ name }) => values[name] ?? '?') }
}
const http = (authorization?: string): Probe => ({
  ...{ kind: 'http', name: 'p', timeoutMs: 1, address: '::1', port: 1, path: '/', expect: { status: [200] } },
  ...(authorization === undefined ? {} : { headers: { accept: 'x', authorization } }),
})
const withProbes = (target: Target, ...probes: Probe[]): Target => ({ ...target, probes })

describe('a target that goes to a host', () => {
  it('has the values in its files and roles; the rest stays, and so does the target that is kept', () => {
    const target = targetOf(file('/etc/x', `a=${token('a/b')}`), file('/etc/y', 'b'), role(token('role')), unit())
    const kept = structuredClone(target)
    const revealed = targetOf(file('/etc/x', 'a=hunter2'), file('/etc/y', 'b'), role('hunter3'), unit())
    expect(revealTarget(target, reveal)).toEqual({ target: { ...target, resources: revealed.resources } })
    expect(target).toEqual(kept)
  })

  it('does not go where a secret cannot be had', () => {
    expect(revealTarget(targetOf(file('/etc/x', token('gone'))), reveal)).toEqual({ problem: 'gone is not known' })
    const probed = withProbes(targetOf(unit()), http(token('gone')))
    expect(revealTarget(probed, reveal)).toEqual({ problem: 'gone is not known' })
  })

  it('is none where none is wanted', () => {
    expect(revealTarget(undefined, reveal)).toEqual({ target: undefined })
  })
})

describe('a secret that cannot be had', () => {
  const tcp: Probe = { kind: 'tcp', name: 't', timeoutMs: 1, address: '::1', port: 1 }
  const command: Probe = { kind: 'command', name: 'c', timeoutMs: 1, argv: [token('gone')] }

  it.each<[string, Target, string | undefined]>([
    ['in a file', targetOf(file('/etc/x', token('gone'))), 'gone is not known'],
    ['in a password', targetOf(role(token('gone'))), 'gone is not known'],
    ['in a header', withProbes(targetOf(), http(token('gone'))), 'gone is not known'],
    ['nowhere', withProbes(targetOf(unit(), withoutPassword), http(), tcp), undefined],
    ['where none may be', withProbes(targetOf(), command), undefined],
  ])('is told %s', (_, target, problem) => {
    expect(missingSecret(target, reveal)).toBe(problem)
  })
})

describe('the text that may hold secrets', () => {
  it.each<[string, Resource, string | undefined, Resource]>([
    ['the content of a file', file('/etc/x', 'a'), 'a', file('/etc/x', 'other')],
    ['the password of a role', role('a'), 'a', role('other')],
  ])('is %s', (_, resource, text, other) => {
    expect(secretText(resource)).toBe(text)
    expect(withSecretText(resource, 'other')).toEqual(other)
  })

  it('is none of anything else', () => {
    expect(secretText(withoutPassword)).toBeUndefined()
    expect(secretText(unit())).toBeUndefined()
    expect(withSecretText(unit(), 'other')).toEqual(unit())
  })
})

describe('what was sealed', () => {
  const sealed = (resources: Resource[], probes: Probe[] = []) =>
    seal({ resources, probes }, (name) => ({
      digest: '0123456789abcdef',
      ...(name.startsWith('known') ? { isPublished: true as const } : {}),
    }))

  it('tells which secrets everybody knows', () => {
    const text = ['known/z', 'own', 'known/a'].map((name) => `\${secret:${name}}`).join(' ')
    const { published, secrets } = sealed([file('/etc/x', text, { mode: 0o600 })])
    expect({ published, secrets }).toEqual({
      published: ['known/a', 'known/z'],
      secrets: ['known/a', 'known/z', 'own'],
    })
  })

  it('tells what to look for in the files: the reference, or the ciphertext', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a reference
    const reference = '${secret:a}'
    expect(sealed([file('/etc/x', `x ${reference}`, { mode: 0o644 })]).problems).toMatchObject([{ text: reference }])
    expect(sealed([file('/etc/x', 'ENC[AES256_GCM,')]).problems).toMatchObject([{ text: 'ENC[' }])
  })

  it('seals the password of a role, and leaves probes without headers as they are', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a reference
    const { rendered } = sealed([role('${secret:a}')], [http()])
    expect(rendered).toEqual({ resources: [role(token('a'))], probes: [http()] })
  })
})
