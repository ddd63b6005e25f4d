// `homeostat secrets renew`: from the secrets that came with Homeostat to one's own, in one step.
import { relative, resolve } from 'node:path'
import { ensureRule, ownKey, renewSecrets } from '../secrets/renew-secrets.ts'
import { directorySource } from '../source/directory.ts'
import type { Composition } from './composition.ts'
import { type SecretFlags, secretSources } from './secret-options.ts'
import { asCliError } from './secrets-set.ts'

export async function renewPublished(flags: SecretFlags & { dir?: string }, composition: Composition): Promise<void> {
  const { terminal, cwd, nowMs } = composition
  const say = (text: string) => terminal.err(`${text}\n`)
  const directory = composition.desiredStateDir(flags.dir)
  const sources = secretSources(flags, composition)
  const { files } = await directorySource(directory).current()
  const reader = await composition.openSecrets({ env: {} }, { namesSuffice: true })
  const { published } = await reader.read(files)
  if (published.length === 0) return say('no file is encrypted for the published key: nothing was changed')
  try {
    const { recipient, madeIn } = await ownKey(sources)
    if (madeIn !== undefined)
      say(`a key of your own was made: ${madeIn}. Keep a copy elsewhere: without it the secrets cannot be read`)
    const rule = await ensureRule(directory, recipient)
    if (rule !== undefined) say(`${relative(cwd, rule)} says that secrets here are encrypted for it, ${recipient}`)
    for (const file of published) {
      const { path, names } = await renewSecrets(resolve(directory, file), files[file] ?? '', new Date(nowMs()))
      say(`${relative(cwd, path)} has new values: ${names.join(', ')}`)
    }
    say('What others have to know too (an OpenID Connect client) is put in by: homeostat secrets set NAME')
  } catch (error) {
    throw asCliError(error, directory)
  }
}
