// The certificate of the lab's mail server, which signs itself; the lab's hosts trust it as they trust the public authorities.
import { existsSync } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { labDomain } from './lab-hosts.ts'
import { mustRun } from './run-command.ts'

/** Among the authorities that programs of a host take for trusted. */
export const trustedPath = '/etc/ssl/certs/homeostat-lab.pem'
/** On the host that plays the mail server: key and certificate. */
export const mailKeyPath = '/etc/ssl/private/mail.pem'

const NAME = `mail.${labDomain}`

export interface MailCertificate {
  /** In PEM. */
  certificate: string
  key: string
}

/** Made at `file` where there is none yet, for ten years. */
export async function ensureMailCertificate(file: string): Promise<MailCertificate> {
  if (!existsSync(file)) {
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650']
    const named = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`]
    await mustRun(['openssl', 'req', '-x509', ...made, ...named, '-keyout', `${file}.key`, '-out', `${file}.new`])
    await rename(`${file}.new`, file)
  }
  return { certificate: await readFile(file, 'utf8'), key: await readFile(`${file}.key`, 'utf8') }
}
