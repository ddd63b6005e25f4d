// What tells our own words apart from everything else that a host may say.
import { randomBytes } from 'node:crypto'

/**
 * Random words. They travel apart and are printed joined, so that a login shell that echoes its commands (`set -x`) cannot
 * print a mark by accident.
 */
export interface Nonce {
  left: string
  right: string
}

export function drawNonce(): Nonce {
  return { left: drawWord(), right: drawWord() }
}

export function drawWord(): string {
  return randomBytes(8).toString('hex')
}
