// How a text names a secret. Written: `${secret:grafana/admin_password}`. In everything that is kept (targets, revisions,
// diffs, the store) a token with a keyed digest stands there: `${secret:grafana/admin_password@9f86d081884c7d65}`. The value
// is put in on the way to the host, and nowhere else.

/** How a value is written where it is put in; without one, as it is. */
export type SecretEncoding = 'json' | 'url' | 'base64' | `basic:${string}`

export interface SecretReference {
  /** The reference as it stands in the text. */
  text: string
  /** Offset in the text. */
  at: number
  /** Keys of the SOPS file, joined by `/`; undefined where what follows `${secret:` is no reference. */
  name?: string
  /** Keyed digest of the value; only a token has one. */
  digest?: string
  encoding?: SecretEncoding
}

const OPENING = '${secret:'
const NAME = '[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*'
const ENCODING = 'json|url|base64|basic:[A-Za-z0-9_.@-]+'
const REFERENCE = new RegExp(`^\\$\\{secret:(${NAME})(?:@([0-9a-f]{16}))?(?:\\|(${ENCODING}))?\\}`)

/** What is expected where a reference is malformed. */
export const REFERENCE_FORM =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the form
  'expected ${secret:path/to/key}, where needed with |json, |url, |base64 or |basic:USER before the brace'

/** Names that can be referred to. */
export function isSecretName(name: string): boolean {
  return new RegExp(`^${NAME}$`).test(name) && name.length <= 256
}

/** Whether there is anything in the text that looks like a reference or a token. */
export function refersToSecret(text: string): boolean {
  return text.includes(OPENING)
}

/** All references and tokens, in order; those that are malformed have no name. */
export function secretReferences(text: string): SecretReference[] {
  const found: SecretReference[] = []
  for (let at = text.indexOf(OPENING); at >= 0; at = text.indexOf(OPENING, at + OPENING.length))
    found.push(referenceAt(text, at))
  return found
}

function referenceAt(text: string, at: number): SecretReference {
  // Longer than any reference can be.
  const [whole, name, digest, encoding] = REFERENCE.exec(text.slice(at, at + 512)) ?? []
  if (whole === undefined || name === undefined || !isSecretName(name)) {
    return { text: text.slice(at, at + 64).split(/[\n}]/, 1)[0] ?? '', at }
  }
  return {
    ...{ text: whole, at, name },
    ...(digest === undefined ? {} : { digest }),
    ...(encoding === undefined ? {} : { encoding: encoding as SecretEncoding }),
  }
}

/** The text with every well-formed reference replaced. */
export function replaceSecrets(text: string, by: (reference: SecretReference & { name: string }) => string): string {
  let result = ''
  let end = 0
  for (const reference of secretReferences(text)) {
    const { name, at } = reference
    if (name === undefined) continue
    result += text.slice(end, at) + by({ ...reference, name })
    end = at + reference.text.length
  }
  return result + text.slice(end)
}

/** The token that stands for a reference once the digest of its value is known. */
export function secretToken({ name, encoding }: { name: string; encoding?: SecretEncoding }, digest: string): string {
  return `${OPENING}${name}@${digest}${encoding === undefined ? '' : `|${encoding}`}}`
}

/** The value as it is to stand where it is put in. */
export function encodeSecret(value: string, encoding: SecretEncoding | undefined): string {
  if (encoding === undefined) return value
  if (encoding === 'json') return JSON.stringify(value).slice(1, -1)
  if (encoding === 'url') return encodeURIComponent(value).replace(/[!'()*]/g, percentCode)
  if (encoding === 'base64') return Buffer.from(value).toString('base64')
  return Buffer.from(`${encoding.slice('basic:'.length)}:${value}`).toString('base64')
}

/**
 * A text with values for tokens, or why one cannot be had: for now, or, `isGone`, because the value that a token stands for was
 * replaced and is not known any more. Kept nowhere.
 */
export type Reveal = (text: string) => { text: string } | { problem: string; isGone?: true }

/** For who knows no secrets: texts without any are as they are. */
export const revealNothing: Reveal = (text) =>
  refersToSecret(text) ? { problem: 'no secrets are known here' } : { text }

/** Characters that `encodeURIComponent` leaves, and that RFC 3986 2.2 reserves. */
function percentCode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

/** Ciphertext of SOPS (`ENC[AES256_GCM,…`) or of its like. */
const CIPHERTEXT = /ENC\[[A-Z0-9]/

/** Whether the text holds what somebody encrypted; such a text is never sent to a host. */
export function holdsCiphertext(text: string): boolean {
  return CIPHERTEXT.test(text)
}
