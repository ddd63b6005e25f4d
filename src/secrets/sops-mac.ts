// The MAC of a SOPS file: proves that nothing was added, removed, moved or replaced since somebody with the data key wrote it.
// Source: sops.go of getsops/sops 3.13.
import { createHash, type Hash, timingSafeEqual } from 'node:crypto'
import { decryptValue, encryptValue } from './sops-cipher.ts'
import type { SopsMetadata } from './sops-file.ts'

/** SHA-256 of `sops`: what a MAC over encrypted values alone begins with (MACOnlyEncryptedInitialization). */
const ONLY_ENCRYPTED = Buffer.from('8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69', 'hex')

export interface SopsMac {
  /** Takes the next leaf of the file, as SOPS writes it before encrypting. */
  add(plain: Buffer | string, isEncrypted: boolean): void
  /** Whether it is the MAC of the file. Ends it. */
  matches(metadata: SopsMetadata, key: Buffer): boolean
  /** The MAC to be written, for this time. Ends it. */
  seal(key: Buffer, lastModified: string): string
}

export function sopsMac({ macOnlyEncrypted }: { macOnlyEncrypted: boolean }): SopsMac {
  const hash: Hash = createHash('sha512')
  if (macOnlyEncrypted) hash.update(ONLY_ENCRYPTED)
  const digest = () => hash.digest('hex').toUpperCase()
  return {
    add: (plain, isEncrypted) => {
      if (isEncrypted || !macOnlyEncrypted) hash.update(plain)
    },
    matches: (metadata, key) => {
      const expected = decryptValue(metadata.mac, key, metadata.lastModified)?.plain
      const found = Buffer.from(digest())
      return expected !== undefined && expected.length === found.length && timingSafeEqual(expected, found)
    },
    seal: (key, lastModified) => encryptValue(digest(), 'str', key, lastModified),
  }
}
