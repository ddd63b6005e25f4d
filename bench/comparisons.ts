// All comparisons, in the order in which they run: the last one makes the hosts anew.
import type { Comparison } from './comparison.ts'
import { drift } from './drift.ts'
import { firstPass } from './first-pass.ts'
import { idle } from './idle.ts'
import { optionChange } from './option-change.ts'
import { quietPassAnsible } from './quiet-pass-ansible.ts'
import { quietPassFloor } from './quiet-pass-floor.ts'
import { snapshot } from './snapshot.ts'
import { stackAnsible } from './stack-ansible.ts'

export const comparisons: readonly Comparison[] = [
  quietPassFloor,
  optionChange,
  quietPassAnsible,
  drift,
  snapshot,
  firstPass,
  idle,
  stackAnsible,
]
