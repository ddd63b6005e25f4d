// One text for one value, and whether two values are one.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, sha256 } from '../../../src/plan/canonical.ts'
import { loadedDigest } from '../../../src/plan/loaded-digest.ts'
import { sameValue } from '../../../src/plan/same-value.ts'

describe('canonical JSON', () => {
  it('does not depend on the order of keys, at any depth, and leaves out what is undefined', () => {
    const a = { b: [{ y: 1, x: undefined }], a: { d: null, c: 'é' } }
    const b = { a: { c: 'é', d: null }, b: [{ y: 1 }] }
    expect(canonicalJson(a)).toBe('{"a":{"c":"é","d":null},"b":[{"y":1}]}')
    expect(canonicalJson(b)).toBe(canonicalJson(a))
  })

  it('keeps the order of lists, which means something', () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]))
  })

  it('says the same as JSON, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(parsed(value))
      }),
    )
  })
})

describe('sameness', () => {
  it('is that of canonical JSON', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(null, {}, [], { a: undefined }, { a: null }, [null], '', 0))
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(sameValue(a, b)).toBe(canonicalJson(a) === canonicalJson(b))
        expect(sameValue(a, structuredClone(a))).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('digests', () => {
  it('are lower-case hex SHA-256 of the text in UTF-8', () => {
    // printf é | sha256sum
    expect(sha256('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c')
    expect(sha256(new TextEncoder().encode('é'))).toBe(sha256('é'))
  })

  it('of what a process loaded do not depend on the order of its files, and do on every byte of them', () => {
    const [a, b] = [
      { path: '/a', sha256: '1' },
      { path: '/b', sha256: '2' },
    ]
    expect(loadedDigest([a, b])).toBe(loadedDigest([b, a]))
    expect(loadedDigest([a, b])).not.toBe(loadedDigest([a, { path: '/b', sha256: '3' }]))
    expect(loadedDigest([a, b])).not.toBe(loadedDigest([a]))
  })
})

/** What JSON itself makes of a value: -0 becomes 0. */
function parsed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
