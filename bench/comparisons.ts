// All comparisons, in the order in which they run: the first one deploys the lab.
import type { Comparison } from './comparison.ts'
import { idle } from './idle.ts'
import { optionChange } from './option-change.ts'
import { quietPassAnsible } from './quiet-pass-ansible.ts'
import { quietPassFloor } from './quiet-pass-floor.ts'
import { storedMachines } from './stored-machines.ts'

export const comparisons: readonly Comparison[] = [quietPassFloor, optionChange, quietPassAnsible, storedMachines, idle]
