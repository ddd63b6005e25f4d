// Tells files of documents from content that stands beside them.

/** Whether a file holds documents; all others are content that documents refer to, as is everything in a folder `files`. */
export function isDocumentFile(path: string): boolean {
  const folders = path.split('/')
  const name = folders.pop() ?? ''
  return /\.ya?ml$/.test(name) && !name.startsWith('.') && !folders.includes('files') && !isSopsFile(path)
}

/** Whether a file holds secrets: `secrets.sops.yaml`, `team/db.sops.json`. */
export function isSopsFile(path: string): boolean {
  return /[^/]\.sops\.(ya?ml|json)$/.test(path)
}
