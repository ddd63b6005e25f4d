// Tells files of documents from content that stands beside them.

/** Whether a file holds documents; all others are content that documents refer to, as is everything in a folder `files`. */
export function isDocumentFile(path: string): boolean {
  const folders = path.split('/')
  const name = folders.pop() ?? ''
  return /\.ya?ml$/.test(name) && !name.startsWith('.') && !folders.includes('files')
}
