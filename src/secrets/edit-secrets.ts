// A SOPS file opened to be edited as plain text and encrypted again, without the program sops.
import { readFile } from 'node:fs/promises'
import { saveFile } from '../source/save-file.ts'
import { creationRule } from './creation-rules.ts'
import { decryptFile } from './decrypt-file.ts'
import { encryptAgain, encryptNew } from './encrypt-file.ts'
import { emptyDocument, plainDocument } from './plain-document.ts'
import type { Opener } from './read-file.ts'
import { SecretsError } from './secrets-error.ts'
import { formatOf, identitiesOf } from './set-secret.ts'
import { parsePlain, parseSopsFile } from './sops-file.ts'
import { sopsText } from './sops-text.ts'

export interface Editing {
  /** For the editor. Holds every secret of the file. */
  plain: string
  isNew: boolean
  /** Encrypts what came of it and puts it in its place. Throws `SecretsError`, and `SopsFileError` for what cannot be read. */
  save(edited: string, now: Date): Promise<void>
}

/** Opens a file, or a new one. Throws `SecretsError`, `SopsFileError` and errors of the file system. */
export async function openForEditing(path: string, opener: Opener): Promise<Editing> {
  const format = formatOf(path)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  if (text === undefined) {
    const rule = await creationRule(path)
    const save = async (edited: string, now: Date) =>
      saveFile(path, await encryptNew(readEdited(edited), rule, { format, now }))
    return { plain: format === 'json' ? sopsText(emptyDocument(), format) : NEW, isNew: true, save }
  }
  const file = parseSopsFile(text)
  const opened = await decryptFile(file, identitiesOf(opener))
  const save = async (edited: string, now: Date) =>
    saveFile(path, encryptAgain(readEdited(edited), parseSopsFile(text), opened, { format, now }))
  return { plain: sopsText(plainDocument(file, opened), format), isNew: false, save }
}

const NEW = `# Comments stay readable in the file; write no secret into one.
example:
    password: change me
`

function readEdited(text: string) {
  const document = parsePlain(text)
  if (document.has('sops')) throw new SecretsError('form', 'the key "sops" is for the metadata of the file')
  return document
}
