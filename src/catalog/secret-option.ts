// An option that takes a password: it is referred to, never written.
import { z } from 'zod'
import { secretReferences } from '../model/secret-reference.ts'

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: how a secret is referred to
export const secret = z.string().refine((text) => secretReferences(text)[0]?.text === text && text !== '', {
  error: 'expected a reference to a secret, for instance ${secret:monitoring/grafana_admin_password}',
})
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: how a secret is referred to
