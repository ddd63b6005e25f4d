// What was rendered becomes a target without a value in it, or says why it cannot.
import { describe, expect, test } from 'vitest'
import type { Probe } from '../../../src/model/probe.ts'
import type { Resource } from '../../../src/model/resource.ts'
import type { Rendered } from '../../../src/model/target.ts'
import { buildTarget } from '../../../src/plan/build-target.ts'
import { differInSecretsOnly, type FindSecret, hasSecrets, seal } from '../../../src/plan/seal.ts'

const ref = (inner: string) => `\${secret:${inner}}`
const find: FindSecret = (name) =>
  name.startsWith('gone') ? { problem: `there is no secret ${name}` } : { digest: '0123456789abcdef' }

const file = (content: string, mode = 0o600): Resource => {
  return { kind: 'file', path: '/etc/x', content, owner: 'root', group: 'root', mode }
}
const http = (more: Partial<Extract<Probe, { kind: 'http' }>>): Probe => {
  return {
    kind: 'http',
    name: 'p',
    timeoutMs: 1,
    address: '::1',
    port: 1,
    path: '/',
    expect: { status: [200] },
    ...more,
  }
}
const of = (resources: Resource[], probes: Probe[] = []): Rendered => ({ resources, probes })
const problemsOf = (rendered: Rendered) => seal(rendered, find).problems.map(({ message }) => message)

describe('sealed', () => {
  test('the content of a file has tokens, and everything without a reference is as it was', () => {
    const { rendered, secrets, problems } = seal(
      of([file(`a ${ref('b/c')} ${ref('a|url')} d`), file('plain', 0o644)]),
      find,
    )
    expect(problems).toEqual([])
    expect(secrets).toEqual(['a', 'b/c'])
    expect(rendered.resources).toEqual([
      file(`a ${ref('b/c@0123456789abcdef')} ${ref('a@0123456789abcdef|url')} d`),
      file('plain', 0o644),
    ])
  })

  test('a header of an http probe has tokens', () => {
    const { rendered, secrets } = seal(of([], [http({ headers: { authorization: `Bearer ${ref('t')}` } })]), find)
    expect(rendered.probes).toEqual([http({ headers: { authorization: `Bearer ${ref('t@0123456789abcdef')}` } })])
    expect(secrets).toEqual(['t'])
  })

  test.each([0o640, 0o600, 0o440, 0o400])('the mode %o is narrow enough', (mode) => {
    expect(problemsOf(of([file(ref('a'), mode)]))).toEqual([])
  })
})

describe('refused is', () => {
  const command: Probe = { kind: 'command', name: 'c', timeoutMs: 1, argv: ['curl', ref('a')] }
  const unit: Resource = { kind: 'unit', name: 'x.service', enabled: true, running: true, restartOn: [], reloadOn: [] }
  test.each<[string, Rendered, RegExp]>([
    ['a secret that is missing', of([file(ref('gone/x'))]), /^there is no secret gone\/x$/],
    ['a reference that is none', of([file(ref('a b'))]), /is no reference to a secret; expected/],
    ['a token that somebody wrote', of([file(ref('a@0123456789abcdef'))]), /is no reference to a secret/],
    [
      'a file that all can read',
      of([file(ref('a'), 0o644)]),
      /^\/etc\/x has a secret in it and the mode 0644; expected "0640"/,
    ],
    ['a file that its group can write', of([file(ref('a'), 0o660)]), /mode 0660/],
    ['a file that is executed', of([file(ref('a'), 0o700)]), /mode 0700/],
    [
      'a secret in a checker',
      of([{ ...file('x'), validate: ['sh', ref('a')] } as Resource]),
      /^file:\/etc\/x: a secret can stand/,
    ],
    ['a secret in a command', of([], [command]), /^probe c: a secret can stand in the content of a file/],
    ['a secret in a path of a probe', of([], [http({ path: `/${ref('a')}` })]), /^probe p: a secret/],
    ['a secret in a list of files', of([{ ...unit, restartOn: [ref('a')] }]), /^unit:x\.service: a secret/],
    ['ciphertext', of([file('password: ENC[AES256_GCM,data:…')]), /^file:\/etc\/x holds ciphertext/],
    ['ciphertext elsewhere', of([], [http({ path: '/ENC[AES256_GCM' })]), /^probe p holds ciphertext/],
  ])('%s', (_, rendered, message) => {
    expect(problemsOf(rendered)).toHaveLength(1)
    expect(problemsOf(rendered)[0]).toMatch(message)
  })
})

describe('two targets', () => {
  const target = (content: string, digest: string, probes: Probe[] = []) => {
    const { rendered } = seal(of([file(content)], probes), () => ({ digest }))
    return buildTarget({ component: 'c', host: 'h', type: 'custom' }, rendered)
  }
  const [one, other] = ['0000000000000000', '1111111111111111']

  test('with another value are other revisions that differ in secrets only', () => {
    expect(target(ref('a'), one).revision).not.toBe(target(ref('a'), other).revision)
    expect(differInSecretsOnly(target(ref('a'), one), target(ref('a'), other))).toBe(true)
  })

  test.each([
    ['the same', target(ref('a'), one), target(ref('a'), one)],
    ['of another text', target(ref('a'), one), target(`${ref('a')}.`, other)],
    ['of another secret', target(ref('a'), one), target(ref('b'), other)],
    ['without a secret', target('a', one), target('b', other)],
  ])('%s do not', (_, a, b) => {
    expect(differInSecretsOnly(a, b)).toBe(false)
  })

  test('say whether a value is put in anywhere', () => {
    expect(hasSecrets(target(ref('a'), one))).toBe(true)
    expect(hasSecrets(target('a', one, [http({ headers: { a: ref('a') } })]))).toBe(true)
    expect(hasSecrets(target('a', one, [http({ headers: { a: 'a' } })]))).toBe(false)
  })
})
