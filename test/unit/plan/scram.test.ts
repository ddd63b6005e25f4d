// Passwords against what a server keeps of them: the exchange that RFC 7677 gives, and what real PostgreSQL 15 made.
import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isPlainPassword, isVerifierOf, scramVerifier } from '../../../src/plan/scram.ts'

/** RFC 7677, section 3: user `user`, password `pencil`. */
const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
const exchange = [
  'n=user,r=rOprNGfwEbeRWgbNEkqO',
  'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
].join(',')
const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64')
const serverSignature = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

/** Made by `ALTER ROLE … PASSWORD` of PostgreSQL 15.20. */
const real =
  'SCRAM-SHA-256$4096:PBHYTDz+9SV2Rotk//O5nQ==$jny4IJXxHS+CoXH9xONt/qBY5/2g1tYu8Os/M5jkdWU=:ULZmnM4d+Tzr23pA7VUXwJJ6xVUvXtAGtQX1q0j9TyY='
const password = `it's "one" $x \\ %s`

describe('a verifier', () => {
  test('holds the keys of the exchange in RFC 7677', () => {
    const [, stored = '', server = ''] = /\$([^$:]{44}):(.{44})$/.exec(scramVerifier('pencil', salt)) ?? []
    const sign = (key: string) => createHmac('sha256', Buffer.from(key, 'base64')).update(exchange).digest()
    expect(sign(server).toString('base64')).toBe(serverSignature)
    const clientKey = proof.map((byte, at) => byte ^ (sign(stored)[at] ?? 0))
    expect(createHash('sha256').update(clientKey).digest('base64')).toBe(stored)
  })

  test('of a real server is one of its password, and of no other', () => {
    expect(isVerifierOf(real, password)).toBe(true)
    for (const other of ['', 'pencil', `${password} `, password.slice(1), password.toUpperCase()])
      expect(isVerifierOf(real, other)).toBe(false)
  })

  test('that we make is one of the password too, with any number of iterations', () => {
    expect(isVerifierOf(scramVerifier('pencil', salt), 'pencil')).toBe(true)
    expect(isVerifierOf(scramVerifier('pencil', salt, 10_000), 'pencil')).toBe(true)
    expect(scramVerifier('pencil', salt, 10_000)).toMatch(/^SCRAM-SHA-256\$10000:/)
  })

  test.each([
    ['nothing', ''],
    ['an MD5', 'md5c91c9cfb9b98f307ad08f405ae9b6fb5'],
    ['one cut short', real.slice(0, -1)],
    ['one with something after it', `${real}x`],
    ['one without iterations', real.replace('4096', '0')],
    ['one with more iterations than can be counted in a look', scramVerifier('x', salt, 1).replace('$1:', '$999999:')],
  ])('that is %s is of no password', (_, verifier) => {
    for (const tried of ['', 'x', password]) expect(isVerifierOf(verifier, tried)).toBe(false)
  })
})

test('a password that clients prepare in different ways is no plain one', () => {
  for (const plain of ['pencil', ' !"~', password]) expect(isPlainPassword(plain)).toBe(true)
  for (const odd of ['', 'pëncil', 'pen\u00adcil', 'pen\ncil', 'pen\tcil', '\u2168'])
    expect(isPlainPassword(odd)).toBe(false)
})
