// What an operation takes to its host, and the line of a script that receives it there: `scripts/receive.sh`, `scripts/stage.sh`. Pure.
import { quote } from '../../transport/quote.ts'

export type Upload = { path: string; content: string } | { path: string; kept: { generation: number; digest: string } }

export function receive(upload: Upload): string {
  const { path } = upload
  if ('kept' in upload) return `receive_kept ${upload.kept.generation} ${upload.kept.digest} ${quote(path)}`
  const { content } = upload
  const [format, word] = content.includes('\0') ? ['%b', escaped(content)] : ['%s', content]
  return `receive ${quote(path)} ${format} ${quote(word)}`
}

/** Those that the uploads lie in, besides `base` itself. */
export function directoriesOf(base: string, uploads: readonly Upload[]): string[] {
  const inside = uploads.flatMap(({ path }) => (path.includes('/') ? [path.slice(0, path.lastIndexOf('/'))] : []))
  return [...new Set(inside)].map((path) => `${base}/${path}`)
}

/** For `printf %b`: a word of a shell cannot hold a NUL byte. */
function escaped(content: string): string {
  return content.replaceAll('\\', '\\\\').replaceAll('\0', '\\0000')
}
