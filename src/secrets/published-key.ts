// The key of the secrets that come with Homeostat. Its other half lies in the repository, for the lab: what is encrypted for it can be
// read by everybody, and protects nothing.

/** Who the shipped secrets are encrypted for. */
export const PUBLISHED_RECIPIENT = 'age10q7cnyrw06gqnfft2jkzaw6f593y5wnm27qzndmplwxsqdmxfuvqt0p3jc'

/** What a person does who has hosts of his own. */
export const PUBLISHED_WAY_OUT =
  'These came with Homeostat, for its lab; for hosts of your own, give them new values under a key of your own: homeostat secrets renew'

/** What to say of such files to whoever is not in the lab. */
export function publishedWarning(files: readonly string[]): string {
  return `the secrets in ${files.join(', ')} are known to everybody: they are encrypted for a key that is published. ${PUBLISHED_WAY_OUT}`
}
