// `homeostat version`: what runs, and on which Node.
import { type Command, Option } from 'commander'
import type { Composition } from './composition.ts'
import { serialize } from './output.ts'
import { verbSummaries } from './verbs.ts'

export function register(program: Command, composition: Composition): void {
  program
    .command('version')
    .summary(verbSummaries.version as string)
    .description('Print the version of homeostat and of the Node that runs it.')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['json', 'yaml']))
    .addHelpText('after', '\nExample:\n  homeostat version -o json')
    .action(async ({ output }: { output?: 'json' | 'yaml' }) => {
      const { node } = process.versions
      const facts = { version: composition.version, node, platform: process.platform, arch: process.arch }
      const text = `homeostat ${facts.version} (Node ${node}, ${facts.platform} ${facts.arch})\n`
      composition.terminal.out(output === undefined ? text : await serialize(output, facts))
    })
}
