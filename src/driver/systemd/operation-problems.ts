// What makes an operation malformed: found before a byte is sent, and never worth a second try. Pure.
import type { Operation } from '../../model/operation.ts'
import { type Resource, resourceId } from '../../model/resource.ts'
import type { Target } from '../../model/target.ts'
import {
  isAccountName,
  isComponentName,
  isDigest,
  isHostName,
  isOperationId,
  isPackageName,
  isPackageVersion,
  isPath,
  isPostgresName,
  isUnitName,
  STATE,
} from './names.ts'
import { printableLine } from './printable.ts'

/** One sentence each; empty where the operation may be sent. */
export function operationProblems(operation: Operation): string[] {
  const { target, diff } = operation
  const problems: [boolean, string][] = [
    [isOperationId(operation.id), `the operation id ${printableLine(operation.id)} is not one`],
    [isComponentName(operation.component), `the component name ${printableLine(operation.component)} is not one`],
    [isCount(operation.fence) && operation.fence > 0, `the token ${operation.fence} is not a positive whole number`],
    [isCount(operation.observedFence ?? 0), `the observed token ${operation.observedFence} is not a whole number`],
    [isCount(operation.generation), `the generation ${operation.generation} is not a whole number`],
    [
      operation.timeoutMs > 0 && operation.timeoutMs <= 86_400_000,
      `the timeout ${operation.timeoutMs} ms is out of range`,
    ],
    [operation.reject === undefined || isDigest(operation.reject), 'the rejected revision is not one'],
    [operation.kind !== 'remove' || target === undefined, 'a removal has a target'],
    [target === undefined || isDigest(target.revision), 'the revision of the target is not one'],
    [target === undefined || target.component === operation.component, 'the target is of another component'],
  ]
  const wrong = problems.filter(([fine]) => !fine).map(([, message]) => message)
  const resources = target === undefined ? [] : targetProblems(target)
  const removals = diff.changes
    .filter((change) => change.action === 'remove')
    .flatMap((change) => removalProblems(change.resource))
  return [...wrong, ...resources, ...removals]
}

export function targetProblems({ resources }: Target): string[] {
  return resources.flatMap(resourceProblems)
}

function resourceProblems(resource: Resource): string[] {
  return fieldProblems(resource).map((problem) => `${printableLine(resourceId(resource))}: ${problem}`)
}

function fieldProblems(resource: Resource): string[] {
  switch (resource.kind) {
    case 'package': {
      const { name, version, origin } = resource
      return [
        ...unless(isPackageName(name), 'is not a package name'),
        ...unless(version === undefined || isPackageVersion(version), 'has a version that is not one'),
        ...unless(origin === undefined || isHostName(origin), 'has an origin that is not the name of a host'),
      ]
    }
    case 'user':
      return [
        ...unless(isAccountName(resource.name), 'is not a user name'),
        ...unless(isPath(resource.home), 'has a home directory that is not an absolute path'),
        ...unless(resource.groups.every(isAccountName), 'has a group that is not one'),
      ]
    case 'directory':
    case 'file':
      return placeProblems(resource)
    case 'unit':
      return [
        ...unless(isUnitName(resource.name), 'is not the name of a unit that can be started'),
        ...unless((resource.effect ?? []).every(isWord), 'has a NUL byte in the command that looks at its effect'),
      ]
    case 'postgres-role':
      return unless(isPostgresName(resource.name) && resource.memberOf.every(isGroupRole), NO_ROLE)
    case 'postgres-database':
      return [
        ...unless(isPostgresName(resource.name), 'is not the name of a database that can be managed'),
        ...unless([resource.owner, ...resource.connect].every(isPostgresName), NO_ROLE),
      ]
  }
}

const NO_ROLE = 'has a role that cannot be managed'

/** PostgreSQL's own roles can be joined, not changed. */
function isGroupRole(name: string): boolean {
  return isPostgresName(name) || /^pg_[a-z_]{1,60}$/.test(name)
}

function placeProblems(resource: Extract<Resource, { kind: 'file' | 'directory' }>): string[] {
  const { path, owner, group, mode } = resource
  const validate = resource.kind === 'file' ? (resource.validate ?? []) : []
  return [
    ...unless(isPath(path), 'is not an absolute path in its shortest form'),
    ...unless(!isInside(path, STATE), 'is among the records of Homeostat'),
    ...unless(isAccountName(owner) && isAccountName(group), 'has an owner or group that is not one'),
    ...unless(isCount(mode) && mode <= 0o7777, 'has a mode that is not one'),
    ...unless(validate.every(isWord), 'has a NUL byte in its checker'),
  ]
}

function isWord(text: string): boolean {
  return !text.includes('\0')
}

function removalProblems(id: string): string[] {
  const name = id.slice(id.indexOf(':') + 1)
  const checks: Record<string, (name: string) => boolean> = {
    package: isPackageName,
    user: isAccountName,
    directory: isPath,
    file: isPath,
    unit: isUnitName,
    'postgres-role': isPostgresName,
    'postgres-database': isPostgresName,
  }
  const check = checks[id.slice(0, id.indexOf(':'))]
  return unless(check?.(name) === true && !isInside(name, STATE), `${printableLine(id)} is nothing that can be removed`)
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`)
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function unless(fine: boolean, problem: string): string[] {
  return fine ? [] : [problem]
}
