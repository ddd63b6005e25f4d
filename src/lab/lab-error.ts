// The one exception of the lab: why it could not be brought where it was wanted, in words for a person.

export type LabErrorKind =
  /** This machine cannot boot hosts: not Linux, not root, no cgroup v2, no apt. */
  | 'unsupported'
  /** A Debian package that the lab needs could not be installed, or the packages of the hosts not downloaded. */
  | 'packages'
  /** Something did not happen in time. */
  | 'timeout'
  /** A program ended with a failure. */
  | 'command'
  /** A name, address or host that makes no sense, or a lab that is not up. */
  | 'usage'
  /** The caller gave up. */
  | 'aborted'

export class LabError extends Error {
  override readonly name = 'LabError'
  readonly kind: LabErrorKind

  constructor(kind: LabErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
