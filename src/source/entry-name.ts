// Which names in a desired-state directory are nobody's desired state.

/** What editors leave beside a file while they save it: vim, emacs, JetBrains, and whoever writes a temporary file first. */
const TEMPORARY = /(~|\.sw[a-z]|\.tmp|___jb_(tmp|old)___)$|^#.*#$|^4913$/

/** Hidden files (Git's own, the JSON Schema for editors) and temporary ones are not read. */
export function isIgnoredName(name: string): boolean {
  return name.startsWith('.') || TEMPORARY.test(name)
}

/** Names that would make messages lie or cannot be written down: control characters and such that reorder text. */
export function isUnprintableName(name: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u.test(name)
}
