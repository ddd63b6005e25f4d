// Which text of a resource secrets may stand in: the content of a file, the password of a role. Nothing else of one holds any.
import type { Resource } from '../model/resource.ts'

/** Undefined for a resource without such a text. */
export function secretText(resource: Resource): string | undefined {
  if (resource.kind === 'file') return resource.content
  return resource.kind === 'postgres-role' ? resource.password : undefined
}

/** The resource with another text in its place; one without such a text stays as it is. */
export function withSecretText(resource: Resource, text: string): Resource {
  if (resource.kind === 'file') return { ...resource, content: text }
  return resource.kind === 'postgres-role' ? { ...resource, password: text } : resource
}
