// ssh2 makes a new cipher for every packet, out of a key that is a Buffer. Node first looks whether that is one of its own keys, by
// an error that is thrown and caught, several times over: 15 µs of 20. A key that is one of its own takes 5.
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Client } from 'ssh2'

/** What ssh2 1.17 keeps to itself (lib/protocol/crypto.js, AESGCMCipherNative and AESGCMDecipherNative). */
interface Kept {
  _protocol?: { _cipher?: { _encKey?: Buffer | KeyObject }; _decipher?: { _decipherKey?: Buffer | KeyObject } }
}

/**
 * Gives the ciphers of an open connection their keys in Node's own form. Where they are not found, and once the keys are exchanged
 * anew, all works as before, only slower.
 */
export function useNativeKeys(client: Client): void {
  const { _cipher, _decipher } = (client as unknown as Kept)._protocol ?? {}
  if (Buffer.isBuffer(_cipher?._encKey)) _cipher._encKey = createSecretKey(_cipher._encKey)
  if (Buffer.isBuffer(_decipher?._decipherKey)) _decipher._decipherKey = createSecretKey(_decipher._decipherKey)
}
