// What a host keeps of a generation in lines that a shell reads: scripts/generations.sh adds when it was and what is installed. Pure.
import type { Operation } from '../../model/operation.ts'
import type { Resource } from '../../model/resource.ts'
import { contentDigest } from './content-digest.ts'

/** A line for each resource; a path comes last, because it may hold blanks. */
export function manifestText(operation: Operation): string {
  const { generation, cause, target } = operation
  const resources = (target?.resources ?? []).map((resource) => lineOf(resource, operation))
  return [`generation ${generation}`, `revision ${target?.revision ?? ''}`, `cause ${cause}`, ...resources, ''].join(
    '\n',
  )
}

function lineOf(resource: Resource, operation: Operation): string {
  switch (resource.kind) {
    case 'package':
      return `package ${resource.name} ${resource.version ?? 'any'}`
    case 'user':
      return `user ${resource.name} ${resource.groups.join(',') || '-'} ${resource.home}`
    case 'directory':
      return `directory ${access(resource)} ${resource.path}`
    case 'file':
      return `file ${contentDigest(resource, operation)} ${access(resource)} ${resource.path}`
    case 'unit':
      return `unit ${resource.name} ${resource.enabled ? 'enabled' : 'disabled'} ${resource.running ? 'running' : 'stopped'}`
    case 'postgres-role':
    case 'postgres-database':
      return `${resource.kind} ${resource.name}`
  }
}

function access({ mode, owner, group }: Extract<Resource, { path: string }>): string {
  return `${mode.toString(8).padStart(4, '0')} ${owner} ${group}`
}
