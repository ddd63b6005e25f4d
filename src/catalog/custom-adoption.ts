// What was found on a host → what a `custom` component would have to say, so that it is what is wanted. Pure.
import type { Change } from '../model/diff.ts'
import { holdsCiphertext, refersToSecret } from '../model/secret-reference.ts'
import { type CustomOptions, unitPath } from './custom-options.ts'
import { dropInPath } from './service.ts'

export type Adoption =
  /** A field of the options. */
  | { path: (string | number)[]; value: string | boolean }
  /** A file of the desired-state directory. */
  | { file: string; text: string }

/** What a change comes to; fields that nobody can write down say why. `found` is what the changed file says, where that may be read. */
export interface Adopted {
  adoptions: Adoption[]
  /** `field: why`. */
  refused: string[]
}

type Field = Change['fields'][number]

export function adoptChange(options: CustomOptions, change: Change, found: string | undefined): Adopted {
  const parts = change.fields.map((field) => adoptField(options, change, field, found))
  return {
    adoptions: parts.flatMap((part) => (typeof part === 'string' || part === undefined ? [] : [part])),
    refused: parts.flatMap((part, at) => (typeof part === 'string' ? [`${change.fields[at]?.field}: ${part}`] : [])),
  }
}

/** Undefined for what follows from something else. */
function adoptField(
  options: CustomOptions,
  { resource, action }: Change,
  field: Field,
  found: string | undefined,
): Adoption | string | undefined {
  const [kind, name] = [resource.slice(0, resource.indexOf(':')), resource.slice(resource.indexOf(':') + 1)]
  if (field.field === 'running configuration' || field.field === 'definition') return undefined
  if (action === 'remove') return 'it is no longer written; the host keeps it until a controller removes it'
  switch (kind) {
    case 'file':
      return adoptFile(options, name, field, found)
    case 'directory':
      return adoptAccess(
        'directories',
        options.directories.findIndex(({ path }) => path === name),
        field,
      )
    case 'unit':
      return adoptUnit(options, name, field)
    case 'package':
      return adoptPackage(options, name, field)
    default:
      return `a ${kind} can only be written by hand`
  }
}

function adoptFile(options: CustomOptions, path: string, field: Field, found: string | undefined) {
  const index = options.files.findIndex((entry) => entry.path === path)
  if (field.field !== 'content') return adoptAccess('files', index, field)
  const place = contentPlace(options, path)
  if (place === undefined) return 'nothing in the YAML says what is in it'
  if (place.content !== undefined && refersToSecret(place.content))
    return 'there is a secret in it; what is on the host is not taken over'
  if (found === undefined)
    return 'not taken over: not everybody on the host may read it, or it is no text of at most 64 KiB; it may hold a secret'
  if (refersToSecret(found) || holdsCiphertext(found)) return 'what it says would be taken for a reference to a secret'
  return place.contentFrom === undefined
    ? { path: [...place.path, 'content'], value: found }
    : { file: place.contentFrom, text: found }
}

interface Place {
  path: (string | number)[]
  content?: string | undefined
  contentFrom?: string | undefined
}

/** Where the content of a file stands: with the files, with its unit, or with a drop-in. */
function contentPlace({ files, units, dropIns }: CustomOptions, path: string): Place | undefined {
  const places: (Place & { at: string })[] = [
    ...files.map((entry, index) => ({ at: entry.path, ...entry, ...at('files', index) })),
    ...units.map((entry, index) => ({ at: unitPath(entry.name), ...entry, ...at('units', index) })),
    ...dropIns.map((entry, index) => ({ at: dropInPath(entry.unit, entry.name), ...entry, ...at('dropIns', index) })),
  ].filter(({ content, contentFrom }) => content !== undefined || contentFrom !== undefined)
  return places.find((place) => place.at === path)
}

function at(list: string, index: number): { path: (string | number)[] } {
  return { path: [list, index] }
}

function adoptAccess(list: 'files' | 'directories', index: number, { field, from }: Field): Adoption | string {
  if (index < 0) return 'the owner and mode of a unit file or drop-in are not written anywhere'
  if (field === 'mode')
    return /^0[0-7]{3}$/.test(from)
      ? { path: [list, index, 'mode'], value: from }
      : `the mode ${from} cannot be written`
  if (field !== 'owner' && field !== 'group')
    return `it is ${from} there: take it out of the YAML, or change that by hand`
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(from)) return `${from} is no name that can be written`
  return { path: [list, index, field], value: from }
}

function adoptUnit({ units }: CustomOptions, name: string, { field, from, to }: Field): Adoption | string {
  const index = units.findIndex((entry) => entry.name === name)
  if (field === 'mask') return 'a masked unit cannot be written: disable the component, or unmask the unit'
  if (index < 0 || field === 'state') return `it is ${from} there: take it out of the YAML by hand`
  if (field === 'enabled') return { path: ['units', index, 'enabled'], value: to !== 'enabled' }
  if (from === 'failed') return 'it died by itself; nobody wants that'
  return field === 'active'
    ? { path: ['units', index, 'running'], value: to !== 'active' }
    : `${from} cannot be written`
}

function adoptPackage({ packages }: CustomOptions, name: string, { field, from }: Field): Adoption | string {
  const index = packages.findIndex((entry) => entry.split('=')[0] === name)
  if (index < 0 || field !== 'version') return `it is ${from} there: take it out of the YAML by hand`
  return { path: ['packages', index], value: `${name}=${from}` }
}
