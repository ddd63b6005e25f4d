// A whole component in YAML alone: packages, users, directories, files, units and probes, for what the catalog does not know.

import { type FileResource, type Resource, resourceId, type UnitResource } from '../model/resource.ts'
import { refersToSecret } from '../model/secret-reference.ts'
import { type CustomOptions, customOptions, unitPath } from './custom-options.ts'
import { defineType, type RenderContext, RenderError } from './define-type.ts'
import { toProbe } from './probe-schema.ts'
import { unitActive } from './probes.ts'
import { directory, file, packages, user } from './resources.ts'
import { modeBits } from './scalars.ts'
import { dropInPath } from './service.ts'

export const custom = defineType({
  type: 'custom',
  summary: 'A component of your own: packages, users, directories, files, units and probes in YAML.',
  options: customOptions,
  minHealthyMs: 10_000,
  render(options, context) {
    const written = options.files.map((entry, index) => customFile(entry, text(entry, `files.${index}`, context)))
    const definitions = unitFiles(options, context)
    return {
      resources: lasting(options, [
        ...packages(options.packages),
        ...options.users.map(({ name, home, groups }) => user(name, home ?? `/var/lib/${name}`, groups)),
        ...options.directories.map(({ path, owner, group = owner, mode }) =>
          directory(path, { owner, group, mode: modeBits(mode) }),
        ),
        ...written,
        ...definitions.map(({ resource }) => resource),
        ...options.units.map((entry) => customUnit(entry, options, definitions)),
      ]),
      probes: [...unitProbes(options), ...options.probes.map(toProbe)],
    }
  },
})

function lasting({ irreversible }: CustomOptions, resources: Resource[]): Resource[] {
  const ids = new Set(resources.map(resourceId))
  const stranger = Object.keys(irreversible).find((id) => !ids.has(id))
  if (stranger !== undefined)
    throw new RenderError(`${stranger} is no resource of this component`, `spec.options.irreversible.${stranger}`)
  return resources.map((resource) => {
    const why = irreversible[resourceId(resource)]
    return why === undefined ? resource : { ...resource, irreversible: why }
  })
}

type FileEntry = CustomOptions['files'][number]
type UnitEntry = CustomOptions['units'][number]

/** A unit file or drop-in, and the unit that has to be restarted when it changes. */
interface Definition {
  unit: string
  resource: FileResource
}

function customFile({ path, owner, group = owner, mode, validate }: FileEntry, content: string): FileResource {
  const bits = modeBits(mode ?? (refersToSecret(content) ? '0600' : '0644'))
  return file(path, content, { owner, group, mode: bits, ...(validate === undefined ? {} : { validate }) })
}

function unitFiles({ units, dropIns }: CustomOptions, context: RenderContext): Definition[] {
  const own = units.flatMap((entry, index) =>
    entry.content === undefined && entry.contentFrom === undefined
      ? []
      : [{ unit: entry.name, resource: file(unitPath(entry.name), text(entry, `units.${index}`, context)) }],
  )
  const added = dropIns.map((entry, index) => ({
    unit: entry.unit,
    resource: file(dropInPath(entry.unit, entry.name), text(entry, `dropIns.${index}`, context)),
  }))
  return [...own, ...added]
}

function customUnit(
  { name, enabled, running, effect }: UnitEntry,
  { files }: CustomOptions,
  definitions: Definition[],
): UnitResource {
  const noticed = (how: 'restart' | 'reload') =>
    files.filter(({ onChange }) => onChange[how].includes(name)).map(({ path }) => `file:${path}`)
  const defined = definitions.filter(({ unit }) => unit === name).map(({ resource }) => resourceId(resource))
  return {
    kind: 'unit',
    name,
    enabled,
    running,
    restartOn: [...defined, ...noticed('restart')],
    reloadOn: noticed('reload'),
    ...(effect === undefined ? {} : { effect }),
  }
}

/** Every running unit has to stay active, unless the component says itself how to look at it. */
function unitProbes({ units, probes }: CustomOptions) {
  const spoken = new Set(probes.map((probe) => (probe.kind === 'systemd' ? probe.unit : undefined)))
  return units.filter(({ name, running }) => running && !spoken.has(name)).map(({ name }) => unitActive(name))
}

function text(
  { content, contentFrom }: { content?: string | undefined; contentFrom?: string | undefined },
  field: string,
  context: RenderContext,
): string {
  if (contentFrom === undefined) return content ?? ''
  const adjacent = context.file(contentFrom)
  if (adjacent !== undefined) return adjacent
  throw new RenderError(
    `there is no file ${contentFrom} in the desired-state directory`,
    `spec.options.${field}.contentFrom`,
  )
}
