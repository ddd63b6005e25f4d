// Where simulated controllers read what is wanted: the world's components as they are, or written down as YAML, with all that
// can be wrong with files, and read by the real reader.
import type { Issue } from '../../../src/model/issue.ts'
import { canonicalJson, sha256 } from '../../../src/plan/canonical.ts'
import type { Source, SourceSnapshot } from '../../../src/source/source.ts'
import { coverage } from './coverage.ts'
import type { Life } from './sim-driver.ts'
import type { SimComponent } from './sim-type.ts'
import type { SimWorld } from './sim-world.ts'

export class SimFiles {
  /** Everything is written as YAML, and read as such. */
  isWritten = false
  /** By path: the share of the text that is there by now, or that nobody may read it. */
  readonly spoilt = new Map<string, number | 'unreadable'>()
  hasVanished = false
  /** As a real directory has it: what cannot be read is as it was read last. */
  #read: Record<string, string> = {}

  snapshot(world: SimWorld, isGlimpse: boolean): SourceSnapshot {
    const written = this.isWritten ? textsOf(world) : {}
    const { files, problems } = this.hasVanished ? this.#vanished() : this.#spoil(written)
    if (!isGlimpse) this.#read = files
    const revision = sha256(
      canonicalJson([[...world.components], world.broken, files, problems, world.secrets.version]),
    )
    return { files, revision, problems }
  }

  /** All that is written can be read; a spoilt file that is deleted spoils nothing any more. */
  isWhole({ components }: Pick<SimWorld, 'components'>): boolean {
    return !this.hasVanished && [...components.keys()].every((name) => !this.isSpoilt(name))
  }

  isSpoilt(component: string): boolean {
    return this.spoilt.has(`${component}.yaml`)
  }

  #vanished() {
    coverage.hit('directory vanished')
    return { files: this.#read, problems: [issue('.', 'the directory cannot be read: it does not exist')] }
  }

  #spoil(written: Record<string, string>) {
    const problems: Issue[] = []
    const files: Record<string, string> = {}
    for (const [path, text] of Object.entries(written)) {
      const how = this.spoilt.get(path)
      const before = this.#read[path]
      if (how === 'unreadable') {
        coverage.hit('file unreadable')
        problems.push(issue(path, 'it cannot be read: permission denied'))
        if (before !== undefined) files[path] = before
      } else {
        if (how !== undefined) coverage.hit('file half written')
        files[path] = how === undefined ? text : text.slice(0, Math.floor(text.length * how))
      }
    }
    return { files, problems }
  }
}

export function createSimSource(world: SimWorld, life: Life, onWatch: (changed: () => void) => void): Source {
  const read = async (isGlimpse: boolean) => {
    await life.at('source before')
    const snapshot = world.files.snapshot(world, isGlimpse)
    await life.at('source after')
    return snapshot
  }
  return {
    current: () => read(false),
    glimpse: () => read(true),
    watch: (onChange, onStir) => {
      onWatch(() => {
        if (!life.alive()) return
        onStir?.()
        void read(true).then(onChange)
      })
      return () => undefined
    },
    close: async () => undefined,
  }
}

function issue(file: string, message: string): Issue {
  return { file, line: 0, column: 0, path: '', message }
}

/** JSON is YAML, and costs less to write. */
function textsOf({ hosts, components, broken }: SimWorld): Record<string, string> {
  const written = [...hosts.keys()].map((name, at) => documentOf('Host', name, { address: `10.0.0.${at + 1}` }))
  const windows = [...components.values()].flatMap(({ policy }) => policy?.window ?? [])
  for (const { name, cron, durationMs, corrections } of new Map(windows.map((it) => [it.name, it])).values())
    written.push(documentOf('Window', name, { cron, duration: `${durationMs / 60_000}m`, corrections }))
  return {
    'hosts.yaml': written.join('---\n'),
    ...Object.fromEntries(broken.map((path) => [path, 'kind: [\n'])),
    ...Object.fromEntries([...components].map(([name, it]) => [`${name}.yaml`, componentText(name, it)])),
  }
}

function componentText(name: string, { hosts, content, enabled, dependsOn, policy }: SimComponent): string {
  const { rollout, window, suspend } = policy ?? {}
  return documentOf('Component', name, {
    ...{ type: 'sim', hosts, enabled, dependsOn, options: { content }, verify: { deadline: '60s' } },
    ...(rollout === undefined ? {} : { rollout }),
    ...(window === undefined ? {} : { window: window.name }),
    ...(suspend === undefined ? {} : { suspend }),
  })
}

function documentOf(kind: string, name: string, spec: Record<string, unknown>): string {
  return `${JSON.stringify({ apiVersion: 'homeostat/v1', kind, metadata: { name }, spec }, null, 1)}\n`
}
