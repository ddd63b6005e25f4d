// Every boundary of fixed workloads, with what can happen on the hosts meanwhile: reboots, edits and stops by hand.
import { planTests } from './support/plan-tests.ts'

planTests('plans-hosts', ['reboot', 'edit', 'stop'])
