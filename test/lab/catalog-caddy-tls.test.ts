// Where Caddy's certificates come from, on real hosts: its own authority, another one that is asked by ACME, and files that were given.
// The other authority is a second Caddy; it signs for who answers under the name, and for nobody else.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certify } from '../support/certificate.ts'
import { type Controller, newController } from '../support/controller.ts'
import { type DocumentObject, host } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('caddy', 't1')
const CADDY = '192.168.99.10'
const ROOT = '/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt'
const KEY = 'caddy@caddy'
const NAMES = ['wiki.nixmox.lan', 'docs.nixmox.lan']
let controller: Controller

const manifest: DocumentObject = {
  ...{ apiVersion: 'homeostat/v1', kind: 'Manifest', metadata: { name: 'lan' } },
  spec: {
    network: { domain: 'nixmox.lan' },
    core_services: { caddy: { ip: CADDY, hostname: 'caddy.nixmox.lan' } },
    services: {
      wiki: {
        ...{ ip: CADDY, hostname: 'caddy.nixmox.lan' },
        interface: {
          proxy: Object.fromEntries(NAMES.map((domain) => [domain, { domain, upstream: `${CADDY}:8080` }])),
        },
      },
    },
  },
}

const write = (tls: object) => {
  const verify = { minHealthyTime: '1s', deadline: '40s' }
  const spec = { type: 'caddy', hosts: ['caddy'], verify, retry: { attempts: 1 }, options: { tls } }
  return controller.write('caddy.yaml', {
    ...{ apiVersion: 'homeostat/v1', kind: 'Component', metadata: { name: 'caddy' }, spec },
  })
}
const lastId = async () => (await controller.events(KEY)).at(-1)?.id ?? 0

/** Proven with that, by a reload. */
async function proven(tls: object): Promise<void> {
  const [afterId, ranAs] = [await lastId(), await invocation()]
  await write(tls)
  await controller.untilEvent(KEY, 'Healthy', { afterId })
  expect(await invocation()).toBe(ranAs)
}
const invocation = () => lab.shell('caddy', 'systemctl show -P InvocationID caddy')

/** Whose signature the certificate of every name has, as another host sees it who trusts that file. */
async function issuers(authority: string): Promise<string[]> {
  const found = NAMES.map(async (name) => {
    const asked = `curl -sv -o /dev/null -m 10 --cacert ${authority} --connect-to ::${CADDY} https://${name}/ 2>&1`
    return /issuer: CN=(.*)/.exec(await lab.shell('t1', `${asked} || true`))?.[1] ?? 'none'
  })
  return Promise.all(found)
}

const put = (on: string, path: string, text: string) =>
  lab.shell(
    on,
    `mkdir -p ${path.replace(/[^/]*$/, '')} && echo ${Buffer.from(text).toString('base64')} | base64 -d > ${path} && chmod 0644 ${path}`,
  )

const other = `{
	admin off
	skip_install_trust
	pki {
		ca local {
			root_cn "the other authority"
			intermediate_cn "the other authority for sites"
		}
	}
}
https://acme.nixmox.lan {
	tls internal
	acme_server
}
`

beforeAll(async () => {
  await put('t1', '/etc/other/Caddyfile', other)
  await lab.shell(
    't1',
    `{ apt-get update && apt-get install -y caddy; } > /dev/null 2>&1 && systemctl disable --now --quiet caddy
echo '${CADDY} ${NAMES.join(' ')}' >> /etc/hosts; echo '127.0.0.1 acme.nixmox.lan' >> /etc/hosts
systemd-run --quiet --unit=other --setenv=HOME=/var/lib/caddy caddy run --adapter caddyfile --config /etc/other/Caddyfile
for i in $(seq 60); do curl -sf -o /dev/null --cacert ${ROOT} https://acme.nixmox.lan/acme/local/directory && exit; sleep 1; done; exit 1`,
    { timeoutMs: 240_000 },
  )
  await put('caddy', '/etc/other/root.pem', await lab.shell('t1', `cat ${ROOT}`))
  await lab.shell('caddy', "echo '192.168.99.31 acme.nixmox.lan' >> /etc/hosts")
  controller = await newController(lab, { resync: '2s' })
  await controller.write('hosts.yaml', host(lab, 'caddy'))
  await controller.write('manifest.yaml', manifest)
  await write({ mode: 'internal' })
  controller.start()
})
afterAll(() => controller?.[Symbol.asyncDispose]())

test('from an authority of its own', async () => {
  await controller.untilState(KEY, 'healthy.inSync')
  await put('t1', '/etc/own.pem', await lab.shell('caddy', `cat ${ROOT}`))
  expect(await issuers('/etc/own.pem')).toEqual(NAMES.map(() => 'Caddy Local Authority - ECC Intermediate'))
})

const acme = {
  ...{ mode: 'acme', email: 'hostmaster@nixmox.lan', authority: '/etc/other/root.pem' },
  directory: 'https://acme.nixmox.lan/acme/local/directory',
}

test('by ACME from another one, for every site', async () => {
  await proven(acme)
  expect(await issuers(ROOT)).toEqual(NAMES.map(() => 'the other authority for sites'))
})

test('from files that were given', async () => {
  const { authority, cert, key } = await certify('*.nixmox.lan')
  await put('caddy', '/etc/given/cert.pem', cert)
  await put('caddy', '/etc/given/key.pem', key)
  await put('caddy', '/etc/given/authority.pem', authority)
  await put('t1', '/etc/given.pem', authority)
  await proven({
    ...{ mode: 'files', certificate: '/etc/given/cert.pem', key: '/etc/given/key.pem' },
    authority: '/etc/given/authority.pem',
  })
  expect(await issuers('/etc/given.pem')).toEqual(NAMES.map(() => 'test authority'))
})

test.each([
  ['that are for another name', '/etc/other-name', 'other.test', /site wiki\.nixmox\.lan: .*no TLS with/],
  [
    'that are signed by another authority',
    '/etc/other-signer',
    '*.nixmox.lan',
    /site wiki\.nixmox\.lan: .*certificate/,
  ],
])(
  'files %s are taken back, and the sites stay',
  async (_, folder, name, reason) => {
    const { cert, key } = await certify(name)
    await put('caddy', `${folder}/cert.pem`, cert)
    await put('caddy', `${folder}/key.pem`, key)
    const files = { mode: 'files', certificate: `${folder}/cert.pem`, key: `${folder}/key.pem` }
    await takenBack({ ...files, authority: '/etc/given/authority.pem' }, reason)
    expect(await issuers('/etc/given.pem')).toEqual(NAMES.map(() => 'test authority'))
  },
  240_000,
)

test('an authority that does not sign is told, and the sites stay', async () => {
  await lab.shell('t1', 'systemctl stop other')
  await takenBack({ ...acme, directory: 'https://acme.nixmox.lan/acme/other/directory' }, /no TLS with wiki/)
  expect(await issuers('/etc/given.pem')).toEqual(NAMES.map(() => 'test authority'))
})

/** Rejected because of that. */
async function takenBack(tls: object, reason: RegExp): Promise<void> {
  const afterId = await lastId()
  await write(tls)
  await controller.untilEvent(KEY, 'RolledBack', { afterId })
  expect((await controller.status(KEY))?.lifecycle.context.message).toMatch(reason)
}
