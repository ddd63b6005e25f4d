// `homeostat schema`: the JSON Schema of desired-state files, for editors and other tools.
import type { Command } from 'commander'
import type { Composition } from './composition.ts'
import { verbSummaries } from './verbs.ts'

export function register(program: Command, { terminal }: Composition): void {
  program
    .command('schema')
    .summary(verbSummaries.schema as string)
    .description(
      'Print the JSON Schema (draft 7) of desired-state files. Editors use it where a file begins with\n' +
        '# yaml-language-server: $schema=.schema.json',
    )
    .addHelpText('after', '\nExample:\n  homeostat schema > desired-state/.schema.json')
    .action(async () => terminal.out(await schemaText()))
}

/** The schema as it is printed, and as it is kept beside the shipped desired state. */
export async function schemaText(): Promise<string> {
  const { jsonSchema } = await import('../spec/json-schema.ts')
  const { catalog } = await import('../catalog/registry.ts')
  return `${JSON.stringify(jsonSchema(catalog), null, 2)}\n`
}
