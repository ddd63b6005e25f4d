// Who may ask what: keeps web pages in the user's browser, and other machines, from using the API behind the user's back.
import type { IncomingMessage } from 'node:http'
import { isIP, isIPv4 } from 'node:net'

/** A browser sends this to another origin only after asking first, and nobody answers that question here. */
export const REQUEST_HEADER = 'x-homeostat-request'

/** Why a request is refused, or undefined. */
export function refusal(request: IncomingMessage): string | undefined {
  if (!isHostAllowed(request.headers.host)) {
    // DNS rebinding: the page's own name was made to point here, so the name is all that tells it apart.
    return 'the Host header must be localhost or an IP address'
  }
  if (request.method === 'GET' || request.method === 'HEAD') return undefined
  return refusalOfChange(request)
}

function refusalOfChange(request: IncomingMessage): string | undefined {
  const { headers, socket } = request
  const isLocalSocket = socket.remoteAddress === undefined
  if (!isLocalSocket && !isLoopback(socket.remoteAddress ?? '')) return 'changes are taken from this machine only'
  // A relay may bring a browser to the unix socket, so the socket alone is no proof.
  const isBrowser = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
  if (isLocalSocket && !isBrowser) return undefined
  return headers[REQUEST_HEADER] === undefined ? `the header ${REQUEST_HEADER} is missing` : undefined
}

function isHostAllowed(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d{1,5}$/, '').toLowerCase()
  return name === 'localhost' || isIPv4(name) || (/^\[.*\]$/.test(name) && isIP(name.slice(1, -1)) === 6)
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '')
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'))
}
