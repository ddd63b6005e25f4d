// For services that listen at an address of an interface, which may come up after them at boot.
import { isLoopback } from './address.ts'

export interface WaitLines {
  unit: string[]
  service: string[]
}

/** Keeps trying for 20 s, then gives up for good. */
const WAIT: WaitLines = {
  unit: ['After=network.target network-online.target', 'StartLimitIntervalSec=60', 'StartLimitBurst=10'],
  service: ['Restart=on-failure', 'RestartSec=2s'],
}

/** Lines for the drop-in; none where the address is always there. */
export function waitForAddress(listen: string): WaitLines {
  const isAlwaysThere = listen === '0.0.0.0' || listen === '::' || isLoopback(listen)
  return isAlwaysThere ? { unit: [], service: [] } : WAIT
}
