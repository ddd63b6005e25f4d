// A certificate for a name, and the authority that signed it, made by openssl: neither is known to anybody else.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** All in PEM. */
export interface Certified {
  authority: string
  cert: string
  key: string
}

/** Valid for a day. Rejects where there is no program openssl. */
export async function certify(name: string): Promise<Certified> {
  const directory = await mkdtemp(join(tmpdir(), 'homeostat-test-'))
  const at = (file: string) => join(directory, file)
  const openssl = (...words: string[]) => run('openssl', words, { cwd: directory })
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  try {
    await writeFile(at('san'), `subjectAltName=DNS:${name}\n`)
    await openssl(
      'req',
      '-x509',
      ...fresh,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '1',
      '-subj',
      '/CN=test authority',
    )
    await openssl('req', ...fresh, '-keyout', 'key.pem', '-out', 'request', '-subj', `/CN=${name}`)
    const sign = ['-req', '-in', 'request', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1']
    await openssl('x509', ...sign, '-extfile', 'san', '-out', 'cert.pem')
    const [authority = '', cert = '', key = ''] = await Promise.all(
      ['ca.pem', 'cert.pem', 'key.pem'].map((file) => readFile(at(file), 'utf8')),
    )
    return { authority, cert, key }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
