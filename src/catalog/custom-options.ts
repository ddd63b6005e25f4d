// What `custom` lets a person write, and which parts of it must agree with each other.
import { z } from 'zod'
import { probeSchema, toProbe } from './probe-schema.ts'
import { absolutePath, fileMode, packageName, relativePath, unitName, userName } from './scalars.ts'
import { dropInPath } from './service.ts'

/** Where a host keeps what we know of it; `src/driver` refuses to touch anything there. */
const RECORDS = '/var/lib/homeostat'

const ownPath = absolutePath.refine((path) => path !== RECORDS && !path.startsWith(`${RECORDS}/`), {
  error: `expected a path outside of ${RECORDS}, where the records of the host lie`,
})

const MAX_CONTENT = 1_048_576

const content = {
  content: z.string().max(MAX_CONTENT).optional(),
  contentFrom: relativePath.optional().describe('A file of the desired-state directory instead of `content`.'),
}

interface Content {
  content?: string | undefined
  contentFrom?: string | undefined
}

const exactlyOne = ({ content, contentFrom }: Content) => (content === undefined) !== (contentFrom === undefined)
const atMostOne = ({ content, contentFrom }: Content) => content === undefined || contentFrom === undefined
const ONE = { error: 'expected either content or contentFrom' }

const access = {
  owner: userName.default('root'),
  group: userName.optional().describe("Default: the owner's own group."),
}

const fileEntry = z
  .strictObject({
    path: ownPath,
    ...content,
    ...access,
    mode: fileMode.optional().describe('Default: 0644, and 0600 where a secret is in the content.'),
    validate: z
      .array(z.string().min(1).max(4096))
      .min(1)
      .refine((argv) => argv.some((word) => word.includes('{staged}')), {
        error: 'expected {staged} in one of the arguments: the checker reads the new file, not the one in use',
      })
      .optional()
      .describe('Program and arguments that check the file before it goes live; {staged} stands for its path.'),
    onChange: z
      .strictObject({ restart: z.array(unitName).default([]), reload: z.array(unitName).default([]) })
      .prefault({})
      .describe('Units of this component that have to notice a change.'),
  })
  .refine(exactlyOne, ONE)

const unitEntry = z
  .strictObject({
    name: unitName,
    ...content,
    enabled: z.boolean().default(true),
    running: z.boolean().default(true).describe('false for what a timer or another unit starts.'),
    effect: z
      .array(z.string().max(4096))
      .min(1)
      .optional()
      .describe('For a unit that does something once: a command that exits 1, and says why, where it holds no more.'),
  })
  .refine(atMostOne, ONE)

const dropInEntry = z
  .strictObject({
    unit: unitName,
    name: z
      .string()
      .regex(/^[A-Za-z0-9_.-]+\.conf$/, { error: 'expected a file name ending in .conf' })
      .default('homeostat.conf'),
    ...content,
  })
  .refine(exactlyOne, ONE)

const fields = z.strictObject({
  packages: z.array(packageName).default([]).describe('Debian packages; name=version for that very version.'),
  users: z
    .array(z.strictObject({ name: userName, home: absolutePath.optional(), groups: z.array(userName).default([]) }))
    .default([])
    .describe('System users, each with a group of its own name.'),
  directories: z
    .array(z.strictObject({ path: ownPath, ...access, mode: fileMode.default('0755') }))
    .default([])
    .describe('Made before the files.'),
  files: z.array(fileEntry).default([]).describe('With their content here or in a file beside the YAML.'),
  units: z
    .array(unitEntry)
    .default([])
    .describe('With content, the unit file is written; without, it comes from a package.'),
  dropIns: z.array(dropInEntry).default([]).describe('Additions to units of this component.'),
  probes: z.array(probeSchema).default([]).describe('Beside these, every running unit has to stay active.'),
  irreversible: z
    .record(z.string(), z.string().min(1).max(500))
    .default({})
    .describe('Resources of this component whose change nobody can take back, for instance package:gitea, and why.'),
})

export type CustomOptions = z.output<typeof fields>

export const customOptions = fields.superRefine((options, context) => {
  for (const { path, message } of [...repeated(options), ...strangers(options)]) {
    context.addIssue({ code: 'custom', path, message })
  }
})

interface Problem {
  path: (string | number)[]
  message: string
}

/** Where the unit file of a unit with content is written. */
export function unitPath(name: string): string {
  return `/etc/systemd/system/${name}`
}

/** The same path, unit, user or probe named twice. */
function repeated({ users, directories, files, units, dropIns, probes }: CustomOptions): Problem[] {
  const paths = [
    ...directories.map(({ path }, index) => ({ name: path, path: ['directories', index, 'path'] })),
    ...files.map(({ path }, index) => ({ name: path, path: ['files', index, 'path'] })),
    ...units.flatMap(({ name, content, contentFrom }, index) =>
      (content ?? contentFrom) === undefined ? [] : [{ name: unitPath(name), path: ['units', index, 'name'] }],
    ),
    ...dropIns.map(({ unit, name }, index) => ({ name: dropInPath(unit, name), path: ['dropIns', index, 'name'] })),
  ]
  return [
    ...twice(paths),
    ...twice(units.map(({ name }, index) => ({ name, path: ['units', index, 'name'] }))),
    ...twice(users.map(({ name }, index) => ({ name, path: ['users', index, 'name'] }))),
    ...twice(probes.map((probe, index) => ({ name: toProbe(probe).name, path: ['probes', index, 'name'] }))),
  ]
}

function twice(named: { name: string; path: (string | number)[] }[]): Problem[] {
  const seen = new Set<string>()
  return named
    .filter(({ name }) => seen.size === seen.add(name).size)
    .map(({ name, path }) => ({ path, message: `${name} occurs twice in this component` }))
}

/** Units that are to notice a change, or get a drop-in, without being units of this component. */
function strangers({ files, dropIns, units }: CustomOptions): Problem[] {
  const own = new Set(units.map(({ name }) => name))
  const named = [
    ...files.flatMap(({ onChange }, file) =>
      (['restart', 'reload'] as const).flatMap((how) =>
        onChange[how].map((unit, index) => ({ unit, path: ['files', file, 'onChange', how, index] })),
      ),
    ),
    ...dropIns.map(({ unit }, index) => ({ unit, path: ['dropIns', index, 'unit'] })),
  ]
  return named
    .filter(({ unit }) => !own.has(unit))
    .map(({ unit, path }) => ({ path, message: `${unit} is not among the units of this component` }))
}
