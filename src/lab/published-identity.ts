// The age identity of the secrets in the shipped desired state. Everybody has it: it is for the lab, and protects nothing.

export const PUBLISHED_IDENTITY = 'AGE-SECRET-KEY-1S5LC876NC2VC85G0Q2PDK96RVQY6N3UNV60T5V26YWZAT7W97GLQCR4PPF'

/** The environment with this identity beside those that are there, as SOPS finds them. */
export function withPublishedIdentity(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return { ...env, SOPS_AGE_KEY: [env.SOPS_AGE_KEY, PUBLISHED_IDENTITY].filter(Boolean).join('\n') }
}
