// Our own writing of SOPS files, for machines without the program: what the program writes, as far as age goes.
import { randomBytes } from 'node:crypto'
import { Scalar, type YAMLMap } from 'yaml'
import type { CreationRule } from './creation-rules.ts'
import { sealDataKey } from './data-key.ts'
import type { OpenedFile } from './decrypt-file.ts'
import { encryptionRule } from './encryption-rule.ts'
import { plainValue } from './plain-document.ts'
import { encryptValue, placeData } from './sops-cipher.ts'
import { leavesOf, type SopsDocument, type SopsFile } from './sops-file.ts'
import { sopsMac } from './sops-mac.ts'
import { sopsText } from './sops-text.ts'

/** The version of the format that we write, in the place where SOPS puts its own. */
const VERSION = '3.13.3'

export interface Written {
  format: 'yaml' | 'json'
  /** Time to stand in the file; part of what the MAC is bound to. */
  now: Date
}

/** A new file of these plain values, encrypted for the recipients of a rule. */
export async function encryptNew(plain: SopsDocument, rule: CreationRule, written: Written): Promise<string> {
  const key = randomBytes(32)
  const age = await Promise.all(
    rule.recipients.map(async (recipient) => ({ recipient, enc: await sealDataKey(key, recipient) })),
  )
  const metadata = { age, lastmodified: '', mac: '', ...rule.metadata, version: VERSION }
  plain.set('sops', plain.createNode(metadata))
  return seal(plain, { key, values: [] }, written)
}

/**
 * The file with other plain values: `plain` is the whole document as it shall be, without its `sops` section. What has not
 * changed keeps its ciphertext, so that a version control shows what did.
 */
export function encryptAgain(plain: SopsDocument, before: SopsFile, opened: OpenedFile, written: Written): string {
  const sops = before.document.contents.items.find(({ key }) => String(key) === 'sops')
  if (sops !== undefined) plain.contents.items.push(sops as (typeof plain.contents.items)[number])
  return seal(plain, opened, written)
}

function seal(document: SopsDocument, { key, values }: OpenedFile, { format, now }: Written): string {
  const sops = document.contents.get('sops', true) as unknown as YAMLMap
  const rule = encryptionRule((field) => (typeof sops.get(field) === 'string' ? String(sops.get(field)) : ''))
  const mac = sopsMac({ macOnlyEncrypted: sops.get('mac_only_encrypted') === true })
  const before = new Map(values.map((value) => [value.leaf.path.join('\0'), value]))
  for (const leaf of leavesOf(document, rule)) {
    const { type, plain } = plainValue(leaf)
    mac.add(plain, leaf.isEncrypted)
    if (!leaf.isEncrypted) {
      quoteAmbiguous(leaf.node)
      continue
    }
    const known = before.get(leaf.path.join('\0'))
    // A time looks like any text once it is decrypted.
    const isSame = known?.leaf.isEncrypted === true && known.plain === plain && [type, 'time'].includes(known.type)
    setText(leaf.node, isSame ? String(known.leaf.node.value) : encryptValue(plain, type, key, placeData(leaf.keys)))
  }
  const lastModified = now.toISOString().replace(/\.\d+Z$/, 'Z')
  const time = new Scalar(lastModified)
  time.type = Scalar.QUOTE_DOUBLE
  sops.set('lastmodified', time)
  sops.set('mac', mac.seal(key, lastModified))
  return sopsText(document, format)
}

function setText(node: Scalar, text: string): void {
  node.value = text
  // As it was written (quoted, a block) does not suit what stands there now.
  delete node.type
  delete node.source
}

/** The program sops reads a plain 2026-01-02 as a time, as YAML 1.1 had it, and computes another MAC. */
function quoteAmbiguous(node: Scalar): void {
  if (typeof node.value === 'string' && /^[-+.0-9]/.test(node.value)) node.type = Scalar.QUOTE_DOUBLE
}
