// One good document of desired state, and what it is called.
import type { AlertRules } from '../model/alert-rules.ts'
import type { Dashboard } from '../model/dashboard.ts'
import type { ComponentSpec } from '../model/desired.ts'
import type { HostSpec } from '../model/host.ts'
import type { Issue } from '../model/issue.ts'
import type { Manifest } from '../model/manifest.ts'
import type { Window } from '../model/window.ts'
import type { HostSelector } from './component-document.ts'
import type { YamlDocument } from './yaml-documents.ts'

/** A component whose hosts and window are still as written. */
export type ComponentDraft = Omit<ComponentSpec, 'hosts'> & { hosts: HostSelector; window?: string }

/** What one document says. */
export type UnitContent =
  | { kind: 'Component'; value: ComponentDraft }
  | { kind: 'Host'; value: HostSpec }
  | { kind: 'Manifest'; value: Manifest }
  | { kind: 'Dashboard'; value: Dashboard }
  | { kind: 'AlertRules'; value: AlertRules }
  | { kind: 'Window'; value: Window }

/** One good document. */
export type Unit = UnitContent & {
  /** `Component/prometheus`; there is one Manifest at most, so all of them are called `Manifest`. */
  id: string
  name: string
  file: string
  document: YamlDocument
}

export const KINDS = ['Component', 'Host', 'Manifest', 'Dashboard', 'AlertRules', 'Window'] as const

/** The id of a document of this kind and name. */
export function unitId(kind: string, name: string): string {
  return kind === 'Manifest' ? kind : `${kind}/${name}`
}

/** Says of a unit where the other one of its name stands. */
export function duplicateIssue(unit: Unit, other: Unit): Issue {
  const place = other.document.locate(['metadata', 'name'])
  const where = `${other.file}:${place.line}:${place.column}`
  const message =
    unit.kind === 'Manifest'
      ? `there can be one Manifest only, and there is another at ${where}`
      : `the name of a ${unit.kind} can be used once only, and "${unit.name}" is used at ${where} too`
  return { file: unit.file, ...unit.document.locate(['metadata', 'name']), path: 'metadata.name', message }
}
