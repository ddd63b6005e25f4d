// The service manifest: what should exist. Field names are those of NixMox's `service-manifest.nix`, so that its JSON drops in.

export interface Manifest {
  network: ManifestNetwork
  core_services: Record<string, ManifestService>
  services: Record<string, ManifestService>
}

export interface ManifestNetwork {
  domain: string
  dns_server?: string
  gateway?: string
  network_cidr?: string
}

export interface ManifestService {
  enable: boolean
  ip: string
  hostname: string
  ports: number[]
  depends_on: string[]
  interface: {
    db?: ManifestDatabase
    dbs?: Record<string, ManifestDatabase>
    auth?: ManifestAuth
    /** One proxy entry, or several by name; `spec` turns the single one into `{ default: entry }`. */
    proxy?: Record<string, ManifestProxy>
    health?: ManifestHealth
  }
}

export interface ManifestDatabase {
  host: string
  port: number
  name: string
  owner: string
  additionaldbs: string[]
}

export interface ManifestAuth {
  type: string
  provider: string
  forward_auth_upstream?: string
  oidc?: {
    client_id?: string
    client_type?: string
    groups_claim?: string
    username_claim?: string
    redirect_uris: string[]
    scopes: string[]
  }
}

export interface ManifestProxy {
  domain: string
  path: string
  upstream: string
  extra_config?: string
  auth?: ManifestAuth
}

export interface ManifestHealth {
  startup?: string
  liveness?: string
  /** Seconds, as NixMox has it. */
  interval?: number
  /** Seconds. */
  timeout?: number
  retries?: number
}
