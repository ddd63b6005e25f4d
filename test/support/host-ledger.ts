// What a host itself remembers of us: the ground truth for "done", "done once" and "not done".
import type { Lab } from '../../src/lab/lab.ts'
import { untilTrue } from './controller.ts'
import { startsFile } from './desired-yaml.ts'

const STATE = '/var/lib/homeostat'

/** Ids of the operations that ever ran on the host, sorted; it keeps the newest 20 at least. A way back that was never gone did not run. */
export async function operations(lab: Lab, host: string): Promise<string[]> {
  const isPrepared = '[ ! -e "$id/result" ] && [ -e "$id/armed" ]'
  return words(
    await lab.shell(host, `cd ${STATE}/ops 2>/dev/null || exit 0; for id in *; do ${isPrepared} || echo "$id"; done`),
  )
}

/** Everything the host remembers, as one text: operations, token, records and generations, each with content and time of change. */
export function ledger(lab: Lab, host: string): Promise<string> {
  return lab.shell(
    host,
    `cd ${STATE} && find . -printf '%p %T@\\n' | sort && cat fence && find components -name record -exec cat {} +`,
  )
}

/** The configuration that each start of a `sleeper` found, oldest first. */
export async function starts(lab: Lab, host: string, name: string): Promise<string[]> {
  return words(await lab.shell(host, `cat ${startsFile(name)} 2>/dev/null || true`))
}

/** The host's record of a component, line by line; empty where there is none. */
export async function recordOf(lab: Lab, host: string, component: string): Promise<string[]> {
  return (await lab.shell(host, `cat ${STATE}/components/${component}/record 2>/dev/null || true`))
    .split('\n')
    .filter((line) => line !== '')
}

/** Waits until the host's own record says that the generation it runs was proven: the last thing that a deploy writes there. */
export async function untilProven(lab: Lab, host: string, ...components: string[]): Promise<void> {
  for (const component of components)
    await untilTrue(`${host} says that ${component} is proven`, async () => {
      const record = await recordOf(lab, host, component)
      const word = (name: string) => record.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1)
      return record.length > 0 && word('verified') === `${word('generation')} ${word('revision')}`
    })
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
