// Facts about host keys, checked against what ssh-keygen says of a real key.
import { describe, expect, it } from 'vitest'
import { fingerprint, keyType, preferredAlgorithms } from '../../../src/transport/host-key.ts'

// `ssh-keygen -lf` says of this key: 256 SHA256:m7aui2C7tDjocA8mlaOcHVspPUw2o1rXUDApOm8T6/U
const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIJvMLnhIAaujg0XHE+9FhBqMO7J/bjDrNLYLknPPDQZS', 'base64')

describe('a public key', () => {
  it('has the fingerprint that ssh-keygen prints', () => {
    expect(fingerprint(key)).toBe('SHA256:m7aui2C7tDjocA8mlaOcHVspPUw2o1rXUDApOm8T6/U')
  })

  it('names its type, or none when it is no key', () => {
    expect(keyType(key)).toBe('ssh-ed25519')
    expect(keyType(Buffer.alloc(0))).toBe('unknown')
    expect(keyType(Buffer.from('ffffffff', 'hex'))).toBe('unknown')
  })
})

describe('preferredAlgorithms', () => {
  it('asks for the known kind first and keeps the others for the message of a refusal', () => {
    expect(preferredAlgorithms(['ssh-rsa']).slice(0, 3)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519'])
    expect(preferredAlgorithms(['ecdsa-sha2-nistp256'])[0]).toBe('ecdsa-sha2-nistp256')
    expect(preferredAlgorithms([])[0]).toBe('ssh-ed25519')
  })

  it('never asks for SHA-1 signatures or DSA', () => {
    for (const known of [[], ['ssh-rsa'], ['ssh-dss']]) {
      expect(preferredAlgorithms(known)).not.toContain('ssh-rsa')
      expect(preferredAlgorithms(known)).not.toContain('ssh-dss')
    }
  })
})
