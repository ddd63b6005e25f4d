// The rules of the repository that no compiler checks: who may import whom, what is pure, how long things are, how they are named.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join, normalize, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { type SourceFacts, sourceFacts } from './support/source-facts.ts'

const root = resolve(import.meta.dirname, '..')

/** From the ground up: a folder imports only itself and what stands before it. */
const order = [
  ...['model', 'machines', 'catalog', 'spec', 'plan', 'source', 'secrets', 'transport', 'driver', 'probe', 'store'],
  ...['telemetry', 'doctor', 'controller', 'server', 'lab', 'cli', 'main'],
]
const pure = ['model', 'machines', 'catalog', 'spec', 'plan']
/** What pure code may take of node:crypto: the same input gives the same output. */
const hashes = ['createHash', 'createHmac', 'pbkdf2Sync']

/** Folders that may not be imported although they stand before. */
const forbidden: Record<string, string[]> = {
  // Sees targets and never specs, so that a new component type cannot touch it.
  plan: ['catalog', 'spec'],
  // Reads, and asks for passes.
  server: ['transport', 'driver', 'probe', 'source', 'secrets', 'lab'],
  // Knows nothing of the rest.
  lab: order.filter((folder) => folder !== 'lab'),
}

/** `controller` takes these by their interfaces only, so that tests and simulation can give it others. */
const interfaces: Record<string, string[]> = {
  source: ['src/source/source.ts'],
  transport: ['src/transport/transport.ts'],
  driver: ['src/driver/driver.ts'],
  // `health` is pure: what a round of results comes to.
  probe: ['src/probe/prober.ts', 'src/probe/health.ts'],
  store: ['src/store/store.ts'],
}

/** Packages that stay behind one folder's interface. */
const packages: Record<string, string[]> = {
  xstate: ['machines'],
  chokidar: ['source'],
  'node-ssh': ['transport'],
  ssh2: ['transport'],
  'node:sqlite': ['store'],
  pino: ['telemetry'],
  'prom-client': ['telemetry'],
  commander: ['cli', 'main'],
  yaml: ['catalog', 'spec', 'plan', 'secrets', 'lab', 'cli'],
  'age-encryption': ['secrets'],
}

const badNames = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'shared']
const limits = { fileLines: 250, testFileLines: 400, functionLines: 60 }

interface Source {
  path: string
  text: string
  facts: SourceFacts
  /** Place in the order; undefined outside `src` and `machines`. */
  folder: string | undefined
}

const sources = ['src', 'machines', 'test', 'bench'].flatMap(typescriptBelow).map(readSource)
const program = sources.filter((source) => source.folder !== undefined)

function typescriptBelow(directory: string): string[] {
  if (!existsSync(join(root, directory))) return []
  const files = readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => join(file.parentPath, file.name).slice(root.length + 1))
    .filter((path) => !path.includes('/fixtures/'))
    .sort()
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, text, facts: sourceFacts(path, text), folder: folderOf(path) }
}

function folderOf(path: string): string | undefined {
  const [top, second = ''] = path.split('/')
  if (top === 'machines') return 'machines'
  // Files that stand in `src` itself are the composition root.
  if (top === 'src') return second.endsWith('.ts') ? 'main' : second
  return undefined
}

/** Path of an imported file of ours from the root; undefined for packages. */
function importedFile(source: Source, specifier: string): string | undefined {
  return specifier.startsWith('.') ? normalize(join(dirname(source.path), specifier)) : undefined
}

function eachImport(check: (source: Source, specifier: string, names: string[]) => string | undefined): string[] {
  return program.flatMap((source) =>
    source.facts.imports.flatMap(({ specifier, names, line }) => {
      const problem = check(source, specifier, names)
      return problem === undefined ? [] : [`${source.path}:${line} ${problem}`]
    }),
  )
}

test('there is something to check', () => {
  expect(program.length).toBeGreaterThan(50)
  expect(new Set(program.map((source) => source.folder)).size).toBeGreaterThan(8)
})

test('every folder has its place in the order', () => {
  expect(program.filter(({ folder }) => !order.includes(folder ?? '')).map(({ path }) => path)).toEqual([])
})

test('imports lead downwards', () => {
  const problems = eachImport((source, specifier) => {
    const to = folderOf(importedFile(source, specifier) ?? '')
    if (to === undefined || source.folder === undefined || to === source.folder) return undefined
    if (order.indexOf(to) > order.indexOf(source.folder)) return `${source.folder} stands below ${to}`
    return forbidden[source.folder]?.includes(to) ? `${source.folder} may not know ${to}` : undefined
  })
  expect(problems).toEqual([])
})

test('the program imports only the program', () => {
  const problems = eachImport((source, specifier) => {
    const file = importedFile(source, specifier)
    return file !== undefined && folderOf(file) === undefined ? `imports ${file}` : undefined
  })
  expect(problems.filter((problem) => !/imports \.?\.?\/?package\.json$/.test(problem))).toEqual([])
})

test('the controller takes what reaches the world by its interface', () => {
  const problems = eachImport((source, specifier) => {
    const file = importedFile(source, specifier) ?? ''
    const allowed = source.folder === 'controller' ? interfaces[folderOf(file) ?? ''] : undefined
    return allowed === undefined || allowed.includes(file) ? undefined : `imports ${file}`
  })
  expect(problems).toEqual([])
})

test('each package stays in its folder', () => {
  const problems = eachImport((source, specifier) => {
    const allowed = packages[specifier.startsWith('node:') ? specifier : (specifier.split('/')[0] ?? '')]
    return allowed === undefined || allowed.includes(source.folder ?? '') ? undefined : `imports ${specifier}`
  })
  expect(problems).toEqual([])
})

test('pure folders have no clock, randomness, timer, process, file, network or promise', () => {
  const effects = program
    .filter(({ folder }) => pure.includes(folder ?? ''))
    .flatMap(({ path, facts }) => facts.effects.map(({ name, line }) => `${path}:${line} uses ${name}`))
  const imports = eachImport((source, specifier, names) => {
    if (!pure.includes(source.folder ?? '') || !specifier.startsWith('node:')) return undefined
    const isHash = specifier === 'node:crypto' && names.every((name) => hashes.includes(name))
    return isHash ? undefined : `imports ${specifier}`
  })
  expect([...effects, ...imports]).toEqual([])
})

test('files are short', () => {
  const limit = (path: string) => (path.startsWith('test/') ? limits.testFileLines : limits.fileLines)
  const long = sources.filter(({ path, facts }) => facts.lineCount > limit(path))
  expect(long.map(({ path, facts }) => `${path} has ${facts.lineCount} lines`)).toEqual([])
})

test('functions are short', () => {
  const long = sources.flatMap(({ path, facts }) =>
    facts.functions
      .filter(({ lineCount }) => lineCount > limits.functionLines)
      .map(({ name, line, lineCount }) => `${path}:${line} ${name} has ${lineCount} lines`),
  )
  expect(long).toEqual([])
})

test('every file opens by saying what it is for', () => {
  expect(sources.filter(({ facts }) => !facts.opensWithComment).map(({ path }) => path)).toEqual([])
})

test('file names are kebab-case and say what is inside', () => {
  const bad = sources.filter(({ path }) => {
    const name = basename(path).replace(/(\.test)?\.ts$/, '')
    const words = name.split('-')
    return (
      !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ||
      words.some((word) => badNames.includes(word)) ||
      ['types', 'index'].includes(name)
    )
  })
  expect(bad.map(({ path }) => path)).toEqual([])
})

test('nothing is put off, and no test runs alone or against a mocked module', () => {
  const marks = /\b(TO[D]O|FIX[M]E|XX[X])\b|\bvi\.(do)?[mM]ock\(|\b(test|it|describe)\.only\b/
  expect(linesMatching(trackedTexts(), marks)).toEqual([])
})

test('no file names the machine it was written on, a package registry, or where a package came from', () => {
  const machine = new RegExp(
    `${root}\\b|(?<![\\w.}])/(work|Users|mnt)/|"resolved":|https?://[^/\\s]*(registry|npmjs|artifact)`,
  )
  expect(linesMatching(trackedTexts(), machine)).toEqual([])
})

test('docs/reliability.md says of every file of test/lab what it tries', () => {
  const text = readFileSync(join(root, 'docs/reliability.md'), 'utf8')
  const words = new Set(text.match(/[\w-]+/g))
  const files = readdirSync(join(root, 'test/lab')).map((name) => basename(name, '.test.ts'))
  expect(files.filter((name) => !words.has(name))).toEqual([])
})

function trackedTexts(): { path: string; text: string }[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')
  return listed
    .filter((path) => path !== '' && path !== 'test/tidy.test.ts' && !['.png', '.gif', '.ico'].includes(extname(path)))
    .filter((path) => existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

function linesMatching(files: { path: string; text: string }[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 120)}`] : [])),
  )
}
