// Services that others run, as small as they can be: systemd listens, and a shell answers with what lies in a file.
import type { Lab } from '../../src/lab/lab.ts'

const DIRECTORY = '/srv/stand-ins'

/** Reads the head of an HTTP request, and answers with a file: the one for the path asked for, else the usual one. */
const HTTP = `read -r method path _
head=$method
while [ -n "$head" ]; do
  IFS= read -r head || break
  head=$(printf %s "$head" | tr -d '\\r')
done
answer=${DIRECTORY}/$1$path/answer
[ -f "$answer" ] || answer=${DIRECTORY}/$1/answer
cat "$answer"`

/** Greets, and waits until the client has gone. */
const GREETING = `cat ${DIRECTORY}/$1/answer
timeout 5 cat > /dev/null`

/** Listens on the host's address; until it is given an answer it says nothing. */
export async function standIn(
  lab: Lab,
  host: string,
  name: string,
  { port, kind }: { port: number; kind: 'http' | 'greeting' },
): Promise<void> {
  const address = lab.hosts.find((one) => one.name === host)?.address
  const socket = `[Socket]\nListenStream=${address}:${port}\nAccept=yes\n`
  const program = `/bin/sh ${DIRECTORY}/${name}.sh ${name}`
  const service = `[Unit]\nCollectMode=inactive-or-failed\n[Service]\nExecStart=${program}\nStandardInput=socket\n`
  await put(lab, host, `${DIRECTORY}/${name}.sh`, kind === 'http' ? HTTP : GREETING)
  await put(lab, host, `/etc/systemd/system/${name}.socket`, socket)
  await put(lab, host, `/etc/systemd/system/${name}@.service`, service)
  await lab.shell(host, `systemctl daemon-reload && systemctl start ${name}.socket`)
}

/** What it says from now on, as it goes over the wire; of HTTP for that path alone where one is given. */
export function answers(lab: Lab, host: string, name: string, text: string, path = ''): Promise<void> {
  return put(lab, host, `${DIRECTORY}/${name}${path}/answer`, text)
}

/** An HTTP answer as it goes over the wire. */
export function httpAnswer(status: string, headers: string[] = [], body = ''): string {
  const lines = [
    `HTTP/1.1 ${status}`,
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    '',
  ]
  return lines.join('\r\n') + body
}

async function put(lab: Lab, host: string, path: string, content: string): Promise<void> {
  const encoded = Buffer.from(content).toString('base64')
  await lab.shell(host, `mkdir -p "$(dirname ${path})" && echo ${encoded} | base64 -d > ${path}`)
}
