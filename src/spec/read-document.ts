// One document of desired state, checked against the schema of its kind and type.
import type { ComponentType } from '../catalog/define-type.ts'
import type { Issue } from '../model/issue.ts'
import { alertRulesDocument, toAlertRules } from './alert-rules-document.ts'
import { checkSchema, type SchemaProblem } from './check-schema.ts'
import { componentDocument, toPolicy, toProbes } from './component-document.ts'
import { dashboardDocument, toDashboard } from './dashboard-document.ts'
import { oneOf } from './describe-problem.ts'
import { formatPath } from './field-path.ts'
import { hostDocument, toHost } from './host-document.ts'
import { manifestDocument, toManifest } from './manifest-document.ts'
import { nearest } from './suggest.ts'
import { type ComponentDraft, KINDS, type Unit, type UnitContent, unitId } from './unit.ts'
import { toWindow, windowDocument } from './window-document.ts'
import type { YamlDocument } from './yaml-documents.ts'

export interface ReadDocument {
  /** Not to be used while there are issues: its options may be missing then. Undefined when not even the rest is good. */
  unit?: Unit
  issues: Issue[]
}

/** Checks one document against the schema of its kind and, for a component, of its type. */
export function readDocument(file: string, document: YamlDocument, types: Record<string, ComponentType>): ReadDocument {
  const { value } = document
  const problems: SchemaProblem[] = []
  const content = readContent(document, { file, types, problems })
  const issues = problems.map((problem) => toIssue(file, document, problem))
  if (content === undefined) return { issues }
  const { name } = (value as { metadata: { name: string } }).metadata
  return { unit: { ...content, id: unitId(content.kind, name), name, file, document }, issues }
}

interface ReadContext {
  file: string
  types: Record<string, ComponentType>
  problems: SchemaProblem[]
}

function readContent(document: YamlDocument, context: ReadContext): UnitContent | undefined {
  const { value } = document
  const kind = kindOf(value, context.problems)
  if (kind === 'Component') return readComponent(document, context)
  if (kind === 'Host') {
    const host = checked(checkSchema(hostDocument, value), context.problems)
    return host && { kind, value: toHost(host) }
  }
  if (kind === 'Dashboard') {
    const dashboard = checked(checkSchema(dashboardDocument, value), context.problems)
    return dashboard && { kind, value: toDashboard(dashboard) }
  }
  if (kind === 'AlertRules') {
    const rules = checked(checkSchema(alertRulesDocument, value), context.problems)
    return rules && { kind, value: toAlertRules(rules) }
  }
  if (kind === 'Window') {
    const window = checked(checkSchema(windowDocument, value), context.problems)
    return window && { kind, value: toWindow(window) }
  }
  if (kind === undefined) return undefined
  const manifest = checked(checkSchema(manifestDocument, value), context.problems)
  return manifest && { kind, value: toManifest(manifest) }
}

function checked<Output>(result: { value: Output | undefined; problems: SchemaProblem[] }, problems: SchemaProblem[]) {
  problems.push(...result.problems)
  return result.value
}

function kindOf(value: unknown, problems: SchemaProblem[]): (typeof KINDS)[number] | undefined {
  if (!isMap(value)) {
    problems.push({ path: [], atKey: false, message: 'expected a map with apiVersion, kind, metadata and spec' })
    return undefined
  }
  const { kind } = value
  const known = KINDS.find((it) => it === kind)
  if (known !== undefined) return known
  const suggestion = typeof kind === 'string' ? nearest(kind, KINDS) : undefined
  const what = kind === undefined ? 'required: ' : ''
  const message = `${what}expected ${oneOf(KINDS)}; a file that is no desired state belongs in a folder called "files"`
  problems.push({ path: ['kind'], atKey: false, message, ...(suggestion === undefined ? {} : { suggestion }) })
  return undefined
}

function readComponent(document: YamlDocument, { file, types, problems }: ReadContext): UnitContent | undefined {
  const component = checked(checkSchema(componentDocument, document.value), problems)
  const written = (document.value as { spec?: Written }).spec
  const type = typeOf(written?.type, types, problems)
  const options = type === undefined ? undefined : readOptions(written?.options ?? {}, type, problems)
  if (type !== undefined) problems.push(...externalProblems(written ?? {}, type))
  if (component === undefined) return undefined
  const { metadata, spec } = component
  const value: ComponentDraft = {
    name: metadata.name,
    type: spec.type,
    labels: metadata.labels,
    enabled: spec.enabled,
    external: spec.external,
    hosts: spec.hosts,
    options,
    probes: toProbes(component),
    policy: toPolicy(component, type?.minHealthyMs ?? 0),
    ...(spec.window === undefined ? {} : { window: spec.window }),
    file,
    line: document.start.line,
  }
  return { kind: 'Component', value }
}

interface Written {
  type?: unknown
  options?: unknown
  external?: unknown
}

/** What is only observed has to be called so, and has no use for what is said about changes. */
function externalProblems(written: Written, { type, external }: ComponentType): SchemaProblem[] {
  if (written.external !== true) {
    const message = `required: ${type} is never changed by Homeostat, only observed; expected external: true`
    return external === true ? [{ path: ['spec', 'external'], atKey: false, message }] : []
  }
  const message = 'has no effect with external: true, since nothing is changed; expected one or the other'
  return ['drift', 'rollback', 'rollout', 'window', 'suspend', 'retry']
    .filter((field) => Object.hasOwn(written, field))
    .map((field) => ({ path: ['spec', field], atKey: true, message }))
}

function readOptions(written: unknown, type: ComponentType, problems: SchemaProblem[]): unknown {
  const options = checkSchema(type.options, written)
  // What is wrong with `options` itself, the envelope has said already.
  const within = options.problems.filter((problem) => problem.path.length > 0 || isMap(written))
  problems.push(...within.map((problem) => ({ ...problem, path: ['spec', 'options', ...problem.path] })))
  return options.value
}

function typeOf(name: unknown, types: Record<string, ComponentType>, problems: SchemaProblem[]) {
  if (typeof name !== 'string') return undefined
  if (Object.hasOwn(types, name)) return types[name]
  const suggestion = nearest(name, Object.keys(types))
  const message = `there is no component type "${name}"; expected ${oneOf(Object.keys(types).sort())}`
  problems.push({
    path: ['spec', 'type'],
    atKey: false,
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  })
  return undefined
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toIssue(file: string, document: YamlDocument, { path, atKey, message, suggestion }: SchemaProblem): Issue {
  const place = atKey ? document.locateKey(path) : document.locate(path)
  return { file, ...place, path: formatPath(path), message, ...(suggestion === undefined ? {} : { suggestion }) }
}
