// The document of a SOPS file with its values in it, to be changed and encrypted again. Lives in memory and in a private
// directory only.
import { Document, isMap, isScalar, Scalar } from 'yaml'
import type { OpenedFile } from './decrypt-file.ts'
import { SecretsError } from './secrets-error.ts'
import type { ValueType } from './sops-cipher.ts'
import { leavesOf, type SopsDocument, type SopsFile, type SopsLeaf } from './sops-file.ts'

/** A copy of the file's document with values for ciphertexts, without its `sops` section. */
export function plainDocument(file: SopsFile, opened: OpenedFile): SopsDocument {
  const plain = file.document.clone() as SopsDocument
  leavesOf(plain, file.metadata.rule).forEach(({ node }, index) => {
    const value = opened.values[index]
    if (value?.leaf.isEncrypted !== true) return
    const { value: typed, source } = typedValue(value.type, value.plain)
    node.value = typed
    delete node.type
    if (source === undefined) delete node.source
    else node.source = source
  })
  plain.contents.delete('sops')
  return plain
}

function typedValue(type: string, plain: string): { value: unknown; source?: string } {
  if (type === 'bool') return { value: plain === 'True' }
  if (type === 'int' || type === 'float') return { value: numberOf(plain), source: plain }
  return { value: plain }
}

function numberOf(text: string): number | bigint {
  const number = Number(text)
  return String(number) === text ? number : /^-?[0-9]+$/.test(text) ? BigInt(text) : number
}

/** An empty document to put secrets in. */
export function emptyDocument(): SopsDocument {
  return new Document({}) as unknown as SopsDocument
}

/** Puts a text at the end of a path of keys. Throws `SecretsError` where something else than a map or a value is in the way. */
export function putSecret(document: SopsDocument, path: readonly string[], value: string): void {
  const name = path.join('/')
  path.slice(0, -1).forEach((_, index) => {
    const above = path.slice(0, index + 1)
    const node = document.getIn(above, true)
    if (node !== undefined && !isMap(node))
      throw new SecretsError('form', `${name} cannot be set: ${above.join('/')} is no group of secrets`)
  })
  const node = document.getIn(path, true)
  if (node !== undefined && !isScalar(node))
    throw new SecretsError('form', `${name} cannot be set: it is a group of secrets`)
  document.setIn(path, new Scalar(value))
}

/** As SOPS takes what somebody wrote, before it encrypts it (ToBytes in sops.go). */
export function plainValue({ node, path }: SopsLeaf): { type: ValueType; plain: string } {
  const { value, source = '' } = node
  if (typeof value === 'string') return { type: 'str', plain: value }
  if (typeof value === 'boolean') return { type: 'bool', plain: value ? 'True' : 'False' }
  if (/^-?(0|[1-9][0-9]{0,17})$/.test(source)) return { type: 'int', plain: source }
  if (typeof value === 'number' && /^-?[0-9]+\.[0-9]+$/.test(source) && !String(value).includes('e'))
    return { type: 'float', plain: String(value) }
  throw new SecretsError(
    'form',
    `${path.join('/')} is neither text, nor a plain number, nor true or false; put it in quotes`,
  )
}
