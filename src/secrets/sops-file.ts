// A SOPS file as its text says it, before anything is decrypted: names are readable in it, values are not. Pure.
import { type Document, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml'
import { findForbidden } from '../spec/forbidden-text.ts'
import { parseSyntax } from '../spec/yaml-syntax.ts'
import { type EncryptionRule, encryptionRule } from './encryption-rule.ts'
import { SopsFileError } from './sops-file-error.ts'

export type SopsDocument = Document & { contents: YAMLMap }

export interface SopsFile {
  document: SopsDocument
  /** In the order of the file, which the MAC depends on. Entries without a value are no leaves. */
  leaves: SopsLeaf[]
  metadata: SopsMetadata
}

export interface SopsLeaf {
  /** Keys of the maps around it; what the value is bound to. */
  keys: string[]
  /** The same with indexes of lists between them: what it is referred to by. */
  path: string[]
  node: Scalar
  /** Whether the file's rule has it encrypted. */
  isEncrypted: boolean
}

export interface SopsMetadata {
  age: { recipient: string; enc: string }[]
  lastModified: string
  mac: string
  macOnlyEncrypted: boolean
  rule: EncryptionRule
  /** Which other key services the file names; only the program `sops` can use those. */
  others: string[]
}

/** Reads YAML or JSON. Throws `SopsFileError`; its message never quotes the text. */
export function parseSopsFile(text: string): SopsFile {
  const document = parsePlain(text)
  const sops = document.contents.get('sops', true)
  if (!isMap(sops)) throw new SopsFileError('it has no "sops" section: it is not encrypted, so nothing of it is used')
  const metadata = readMetadata(sops)
  return { document, metadata, leaves: leavesOf(document, metadata.rule) }
}

/** One map, without the tags, anchors and aliases that desired state has no use for either. Throws `SopsFileError`. */
export function parsePlain(text: string): SopsDocument {
  const forbidden = findForbidden(text)
  if (forbidden !== undefined) throw new SopsFileError(forbidden.message, forbidden.offset)
  const { documents, problems } = parseSyntax(text)
  const [problem] = problems
  if (problem !== undefined) throw new SopsFileError(problem.message, problem.offset)
  const [document, second] = documents
  if (second !== undefined) throw new SopsFileError('expected one document', second.range?.[0])
  if (document === undefined || !isMap(document.contents)) throw new SopsFileError('expected a map of secrets', 0)
  return document as SopsDocument
}

/** The leaves of a document, its `sops` section left out. Throws `SopsFileError` for a key that is no text or occurs twice. */
export function leavesOf(document: SopsDocument, rule: EncryptionRule): SopsLeaf[] {
  const leaves: SopsLeaf[] = []
  walk(document.contents, [], [], (leaf) => {
    if (leaf.path[0] !== 'sops') leaves.push({ ...leaf, isEncrypted: rule.encrypts(leaf.keys) })
  })
  return leaves
}

type OnLeaf = (leaf: Omit<SopsLeaf, 'isEncrypted'>) => void

function walk(node: unknown, keys: string[], path: string[], onLeaf: OnLeaf): void {
  if (isMap(node)) {
    const seen = new Set<string>()
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? key.value : key
      if (typeof name !== 'string' || seen.has(name))
        throw new SopsFileError('expected keys that are text, each once in its map', offsetOf(key))
      seen.add(name)
      walk(value, [...keys, name], [...path, name], onLeaf)
    }
  } else if (isSeq(node)) {
    node.items.forEach((item, index) => {
      walk(item, keys, [...path, String(index)], onLeaf)
    })
  } else if (isScalar(node) && node.value !== null) onLeaf({ keys, path, node })
}

/** Where a node begins in the text. */
export function offsetOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}

function readMetadata(sops: YAMLMap): SopsMetadata {
  const text = (name: string) => {
    const value = sops.get(name)
    return typeof value === 'string' ? value : ''
  }
  const [mac, lastModified] = [text('mac'), text('lastmodified')]
  if (mac === '' || lastModified === '') throw new SopsFileError('its "sops" section lacks mac or lastmodified')
  return {
    mac,
    lastModified,
    age: ageEntries(sops.get('age', true)),
    macOnlyEncrypted: sops.get('mac_only_encrypted') === true,
    rule: encryptionRule((name) => text(name)),
    others: OTHERS.filter((name) => sops.has(name)),
  }
}

const OTHERS = ['key_groups', 'kms', 'gcp_kms', 'hckms', 'azure_kv', 'hc_vault', 'pgp']

function ageEntries(node: unknown): SopsMetadata['age'] {
  if (!isSeq(node)) return []
  return node.items.flatMap((item) => {
    if (!isMap(item)) return []
    const [recipient, enc] = [item.get('recipient'), item.get('enc')]
    return typeof recipient === 'string' && typeof enc === 'string' ? [{ recipient, enc }] : []
  })
}
