// Every boundary of fixed workloads, with what can happen to the controller itself: it is killed, a call fails, hosts fall
// silent. Hosts are not looked at without a reason here, so that a lost wake-up shows.
import { planTests } from './support/plan-tests.ts'

planTests('plans-own', ['crash', 'long crash', 'fail', 'silence', 'clock forward', 'clock back'])
