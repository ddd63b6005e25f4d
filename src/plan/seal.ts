// References to secrets in what was rendered become tokens with keyed digests. No value comes near a target: two targets with
// the same digest are the same, and a changed value is another revision of exactly the components that use it.

import type { Probe } from '../model/probe.ts'
import type { FileResource, Resource } from '../model/resource.ts'
import { resourceId } from '../model/resource.ts'
import {
  holdsCiphertext,
  REFERENCE_FORM,
  type Reveal,
  refersToSecret,
  replaceSecrets,
  revealNothing,
  secretReferences,
  secretToken,
} from '../model/secret-reference.ts'
import type { Rendered, Target } from '../model/target.ts'
import { canonicalJson } from './canonical.ts'
import { secretText, withSecretText } from './secret-text.ts'

/** What is known of a secret: the digest of its value and whether everybody knows it, or why it cannot be used, naming file and key. */
export type FindSecret = (name: string) => { digest: string; isPublished?: true } | { problem: string }

export interface SecretProblem {
  message: string
  /** What to look for in the files to find the place. */
  text: string
}

export interface Sealed {
  rendered: Rendered
  /** Names of the secrets in it, sorted. */
  secrets: string[]
  /** Those of them that everybody knows. */
  published: string[]
  problems: SecretProblem[]
}

/** Permissions that a file with a secret may have: its owner's and, to read, its group's. */
const WIDEST_MODE = 0o640

/** `rendered` with tokens for references. What has problems must not be deployed. */
export function seal(rendered: Rendered, find: FindSecret): Sealed {
  const sealing = new Sealing(find)
  const resources = rendered.resources.map((resource) => sealing.resource(resource))
  const probes = rendered.probes.map((probe) => sealing.probe(probe))
  const [secrets, published] = [sealing.names, sealing.published].map((names) => [...names].sort()) as [
    string[],
    string[],
  ]
  return { rendered: { resources, probes }, secrets, published, problems: sealing.problems }
}

class Sealing {
  readonly names = new Set<string>()
  readonly published = new Set<string>()
  readonly problems: SecretProblem[] = []
  readonly #find: FindSecret

  constructor(find: FindSecret) {
    this.#find = find
  }

  resource(resource: Resource): Resource {
    const text = secretText(resource)
    this.#refuse(text === undefined ? resource : withSecretText(resource, ''), resourceId(resource))
    if (text === undefined) return resource
    if (holdsCiphertext(text)) this.#ciphertext(resourceId(resource))
    if (!refersToSecret(text)) return resource
    if (resource.kind === 'file') this.#checkMode(resource)
    return withSecretText(resource, this.#text(text))
  }

  /** The headers of an HTTP probe never touch a command line; everything else of a probe may be shown. */
  probe(probe: Probe): Probe {
    const { headers, ...rest } = probe.kind === 'http' ? probe : { ...probe, headers: undefined }
    this.#refuse(rest, `probe ${probe.name}`)
    if (probe.kind !== 'http' || headers === undefined) return probe
    const texts = Object.entries(headers).map(([name, value]) => [name, this.#text(value)] as const)
    return { ...probe, headers: Object.fromEntries(texts) }
  }

  #text(text: string): string {
    for (const reference of secretReferences(text).filter(
      ({ name, digest }) => name === undefined || digest !== undefined,
    ))
      this.problems.push({
        message: `${reference.text} is no reference to a secret; ${REFERENCE_FORM}`,
        text: reference.text,
      })
    return replaceSecrets(text, (reference) => {
      const found = this.#find(reference.name)
      this.names.add(reference.name)
      if ('digest' in found) {
        if (found.isPublished) this.published.add(reference.name)
        return secretToken(reference, found.digest)
      }
      this.problems.push({ message: found.problem, text: reference.text })
      return reference.text
    })
  }

  #checkMode({ path, mode, content }: FileResource): void {
    if ((mode & ~WIDEST_MODE) === 0) return
    const octal = mode.toString(8).padStart(4, '0')
    const message = `${path} has a secret in it and the mode ${octal}; expected "0640" or less, so that others cannot read it`
    this.problems.push({ message, text: secretReferences(content)[0]?.text ?? '' })
  }

  #refuse(value: unknown, where: string): void {
    const text = canonicalJson(value)
    if (holdsCiphertext(text)) this.#ciphertext(where)
    const [reference] = secretReferences(text)
    if (reference === undefined) return
    const message = `${where}: a secret can stand in the content of a file, in the password of a role and in a header of an http probe, and nowhere else`
    this.problems.push({ message, text: reference.text })
  }

  #ciphertext(where: string): void {
    const message = `${where} holds ciphertext (ENC[…) instead of what was encrypted; refer to the secret by its name`
    this.problems.push({ message, text: 'ENC[' })
  }
}

/** Whether two targets differ in the values of their secrets, and in nothing else. */
export function differInSecretsOnly(one: Target, other: Target): boolean {
  return one.revision !== other.revision && withoutDigests(one) === withoutDigests(other)
}

function withoutDigests({ type, resources, probes }: Target): string {
  return replaceSecrets(canonicalJson({ type, resources, probes }), (token) => secretToken(token, ''))
}

/** Why this cannot be put on a host or asked now; undefined when every secret of it can be had. */
export function missingSecret({ resources, probes }: Rendered, reveal: Reveal): string | undefined {
  const texts = [
    ...resources.flatMap((resource) => secretText(resource) ?? []),
    ...probes.flatMap((probe) => (probe.kind === 'http' ? Object.values(probe.headers ?? {}) : [])),
  ]
  for (const text of texts) {
    const revealed = reveal(text)
    if ('problem' in revealed) return revealed.problem
  }
  return undefined
}

/** The target with values in it, for the way to a host; it is kept nowhere. */
export function revealTarget(
  target: Target | undefined,
  reveal: Reveal,
): { target: Target | undefined } | { problem: string } {
  const problem = target === undefined ? undefined : missingSecret(target, reveal)
  if (problem !== undefined) return { problem }
  const resources = target?.resources.map((resource): Resource => {
    const text = secretText(resource)
    const revealed = text === undefined ? undefined : reveal(text)
    return revealed !== undefined && 'text' in revealed ? withSecretText(resource, revealed.text) : resource
  })
  return { target: target && resources && { ...target, resources } }
}

/** Whether anything in the target is put in on the way to the host. */
export function hasSecrets(target: Target): boolean {
  return missingSecret(target, revealNothing) !== undefined
}
