// Documents of a desired state for tests on lab hosts: hosts, and small components that are quick to bring about and easy to count.
import { stringify } from 'yaml'
import type { Lab } from '../../src/lab/lab.ts'

export interface DocumentObject {
  apiVersion: string
  kind: string
  metadata: { name: string }
  spec: Record<string, unknown>
}

/** One file of YAML; a text stands as it is. */
export function yamlOf(documents: (DocumentObject | string)[]): string {
  return documents.map((one) => (typeof one === 'string' ? one : stringify(one))).join('---\n')
}

/** The Host of a lab host; `more` goes into its spec. */
export function host(lab: Lab, name: string, more: Record<string, unknown> = {}): DocumentObject {
  const address = lab.hosts.find((one) => one.name === name)?.address
  if (address === undefined) throw new Error(`the lab has no host ${name}`)
  return { apiVersion: 'homeostat/v1', kind: 'Host', metadata: { name }, spec: { address, ...more } }
}

/** A component of the type `custom` that is proven after a second of health; `more` goes into its spec. */
export function custom(
  name: string,
  hosts: string[],
  options: Record<string, unknown>,
  more: Record<string, unknown> = {},
): DocumentObject {
  const spec = { type: 'custom', hosts, verify: { minHealthyTime: '1s', deadline: '30s' }, ...more, options }
  return { apiVersion: 'homeostat/v1', kind: 'Component', metadata: { name }, spec }
}

export interface SleeperOptions {
  /** Content of its configuration file. Default `one`. */
  config?: string
  /** Added to the [Service] section of its unit. */
  service?: string
  /** Further files, packages and so on. */
  more?: Record<string, unknown>
  spec?: Record<string, unknown>
}

/**
 * A service that does nothing but note what it starts with: every start appends its configuration to `startsFile(name)`, so
 * that a thing done twice is seen. Its configuration is `configFile(name)`.
 */
export function sleeper(name: string, hosts: string[], options: SleeperOptions = {}): DocumentObject {
  const { config = 'one', service = '', more = {}, spec = {} } = options
  const unit = `[Unit]
Description=${name} of a test
[Service]
ExecStartPre=/bin/sh -c 'cat ${configFile(name)} >> ${startsFile(name)}'
ExecStart=/bin/sleep infinity
${service}
[Install]
WantedBy=multi-user.target
`
  const files = [
    { path: configFile(name), content: `${config}\n`, mode: '0640', onChange: { restart: [`${name}.service`] } },
    ...((more.files as object[] | undefined) ?? []),
  ]
  return custom(name, hosts, { units: [{ name: `${name}.service`, content: unit }], ...more, files }, spec)
}

export const configFile = (name: string) => `/etc/${name}/${name}.conf`
export const startsFile = (name: string) => `/var/lib/${name}.starts`
