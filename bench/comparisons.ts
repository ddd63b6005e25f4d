// All comparisons, in the order in which they run: the first one deploys the lab.
import type { Comparison } from './comparison.ts'
import { drift } from './drift.ts'
import { firstPass } from './first-pass.ts'
import { idle } from './idle.ts'
import { optionChange } from './option-change.ts'
import { quietPassAnsible } from './quiet-pass-ansible.ts'
import { quietPassFloor } from './quiet-pass-floor.ts'
import { snapshot } from './snapshot.ts'

export const comparisons: readonly Comparison[] = [
  quietPassFloor,
  optionChange,
  quietPassAnsible,
  drift,
  snapshot,
  firstPass,
  idle,
]
