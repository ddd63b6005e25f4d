// The hosts of the lab that a test run boots.
import { type LabHostSpec, shippedHosts } from '../../src/lab/lab-hosts.ts'

/** The shipped four, and four spare ones that no desired state of ours names. */
export const testHosts: LabHostSpec[] = [
  ...shippedHosts,
  { name: 't1', address: '192.168.99.31' },
  { name: 't2', address: '192.168.99.32' },
  { name: 't3', address: '192.168.99.33' },
  { name: 't4', address: '192.168.99.34' },
]
