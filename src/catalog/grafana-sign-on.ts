// Sign-on to Grafana by OpenID Connect, as the manifest has it for the service: who the provider is, as which client, and which
// group makes somebody an administrator.
import type { Manifest, ManifestService } from '../model/manifest.ts'
import { RenderError } from './define-type.ts'

export interface Roles {
  admin: string[]
  editor: string[]
}

/** `[auth.generic_oauth]` of grafana.ini but for the secret; undefined where the manifest has no OpenID Connect for the service. */
export function signOn(
  service: ManifestService | undefined,
  manifest: Manifest | undefined,
  roles: Roles,
): Record<string, string | boolean> | undefined {
  const auth = service?.interface.auth
  if (auth?.type !== 'oidc') return undefined
  const { client_id: clientId, scopes = [], groups_claim: groups = 'groups', username_claim: user } = auth.oidc ?? {}
  if (clientId === undefined) return undefined
  const base = `https://${providerDomain(auth.provider, manifest)}/application/o`
  return {
    enabled: true,
    name: auth.provider,
    client_id: clientId,
    scopes: [...new Set(['openid', ...scopes])].join(' '),
    auth_url: `${base}/authorize/`,
    token_url: `${base}/token/`,
    api_url: `${base}/userinfo/`,
    use_pkce: true,
    allow_sign_up: true,
    login_attribute_path: user ?? 'preferred_username',
    groups_attribute_path: groups,
    role_attribute_path: rolePath(groups, roles),
    role_attribute_strict: false,
    allow_assign_grafana_admin: false,
  }
}

function providerDomain(provider: string, manifest: Manifest | undefined): string {
  const services = { ...manifest?.core_services, ...manifest?.services }
  const service = Object.hasOwn(services, provider) ? services[provider] : undefined
  const [proxy] = Object.values(service?.interface.proxy ?? {})
  if (proxy !== undefined) return proxy.domain
  throw new RenderError(
    `the manifest has sign-on by ${provider}, and no service ${provider} with a proxy entry that says at which domain it is reached`,
    'spec.type',
  )
}

/** In JMESPath, as Grafana asks the claims: the first group that fits decides, and who is in none may look. */
function rolePath(claim: string, { admin, editor }: Roles): string {
  const step = (role: string) => (group: string) => `contains(${claim}[*], '${group}') && '${role}' || `
  return `${admin.map(step('Admin')).join('')}${editor.map(step('Editor')).join('')}'Viewer'`
}
