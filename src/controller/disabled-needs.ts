// What is enabled and needs what is not: nothing new of it will ever be deployed, which a person should hear before that.
import type { ComponentSpec, DesiredState } from '../model/desired.ts'
import type { Issue } from '../model/issue.ts'

/** One issue for each hard dependency of an enabled component on a disabled one. Nothing is held back by it here. */
export function disabledNeeds({ components }: DesiredState): Issue[] {
  return Object.values(components).flatMap((spec) =>
    spec.enabled ? spec.policy.dependsOn.flatMap((need, at) => issueOf(spec, need, at, components)) : [],
  )
}

function issueOf(
  { name, file, line }: ComponentSpec,
  need: ComponentSpec['policy']['dependsOn'][number],
  at: number,
  components: DesiredState['components'],
): Issue[] {
  if (need.soft || components[need.component]?.enabled !== false) return []
  const message = `${need.component} is disabled: no new revision of ${name} is deployed until it is enabled; { name: ${need.component}, soft: true } would only order them`
  return [{ file, line, column: 1, path: `spec.dependsOn[${at}]`, message }]
}
