// Why secrets cannot be had: said in words that can go anywhere, never with a value, a key or ciphertext in them.

export type SecretsErrorKind =
  /** No identity, or one that others can read: a person has to do something beside the files. */
  | 'identity'
  /** The file was encrypted for others. */
  | 'recipient'
  /** Not what was encrypted: a value or the MAC does not fit. */
  | 'tampered'
  /** Not as SOPS writes it, or in a way that only the program `sops` reads. */
  | 'form'
  /** The program `sops` failed. */
  | 'program'
  /** There is no such secret, or it cannot be used. */
  | 'missing'

export class SecretsError extends Error {
  override name = 'SecretsError'
  readonly kind: SecretsErrorKind
  constructor(kind: SecretsErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}
