// Why a SOPS file cannot be read as it stands.

/** Something in the file that is not as SOPS writes it, or that only the program `sops` can read. */
export class SopsFileError extends Error {
  override name = 'SopsFileError'
  /** Offset in the text, where there is one. */
  readonly offset: number | undefined
  constructor(message: string, offset?: number) {
    super(message)
    this.offset = offset
  }
}
