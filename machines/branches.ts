// The lifecycle's questions and updates in the form that xstate takes: guards of a transition, and actions that write the context.
import { assign } from 'xstate'
import { contested as contestedBy, contestOver } from './contest.ts'
import type { Fact } from './facts.ts'
import * as guard from './guards.ts'
import type { LifecycleContext } from './lifecycle-context.ts'
import * as update from './updates.ts'

export type Of<T extends Fact['type']> = Extract<Fact, { type: T }>
type Apply<F extends Fact> = (context: LifecycleContext, fact: F) => Partial<LifecycleContext>

/** An action that writes an update's result into the context; `F` is what the place it stands in can receive. */
export function remember<F extends Fact>(change: Apply<F>) {
  // biome-ignore lint/suspicious/noExplicitAny: xstate types an inline assign by its place; the fact type is checked by `F`
  return assign<LifecycleContext, any, undefined, Fact, never>(({ context, event }) => change(context, event as F))
}

/** Who has the last word about a field is remembered whatever else is going on. */
export const contest = {
  CONTESTED: { actions: remember<Of<'CONTESTED'>>(contestedBy) },
  CONTEST_OVER: { actions: remember<Of<'CONTEST_OVER'>>(contestOver) },
}

export const triedAgain = { target: '#component.deploying', actions: remember(update.triedAgain) }
export const triedOnceMore = { target: '#component.deploying', actions: remember(update.triedOnceMore) }

export const broughtBackDegraded = {
  target: '#component.healthy.degraded',
  actions: remember<Of<'PROBES_FAILED'>>(update.broughtBackDegraded),
}

/** Of what is to go, or is gone. */
export const unwanted = {
  TAKEN_BACK: { target: '.removing' as const, actions: remember<Of<'TAKEN_BACK'>>(update.removalTakenBack) },
  RETRY_ASKED: { actions: remember(update.removalAsked) },
}

interface Asked {
  context: LifecycleContext
}
type Args<T extends Fact['type']> = { context: LifecycleContext; event: Of<T> }

export const quarantined = ({ context, event }: Args<'TARGET_CHANGED'>) => guard.isQuarantined(context, event.revision)
export const desiredAlready = ({ context, event }: Args<'TARGET_CHANGED'>) => event.revision === context.desired
/** What is written by now is not taken back for itself. */
export const another = ({ context, event }: Args<'ROLLBACK_ASKED'>) => event.revision !== context.desired
export const desiredAgain = ({ context, event }: Args<'UNQUARANTINED'>) => event.revision === context.desired
export const soaked = ({ context, event }: Args<'PROBES_PASSED'>) => guard.hasSoaked(context, event.nowMs, event.timing)
export const over = ({ context, event }: Args<'PROBES_FAILED'>) => guard.verificationIsOver(context, event)
export const takeBack = ({ context, event }: Args<'APPLY_FAILED'>) =>
  guard.attemptsAreUsedUp(context, event) && guard.mayRollBack(context, event.timing)
export const overAndTakeBack = ({ context, event }: Args<'PROBES_FAILED'>) =>
  guard.verificationIsOver(context, event) && guard.mayRollBack(context, event.timing)
export const overAndLacks = ({ context, event }: Args<'PROBES_FAILED'>) =>
  guard.verificationIsOver(context, event) && guard.onlyLacksOthers(context, event)
export const overdueAndTakeBack = ({ context, event }: Args<'VERIFICATION_OVERDUE'>) =>
  guard.mayRollBack(context, event.timing)
export const notWaiting = ({ context }: Asked) => context.dueAtMs === null
export const recovered = ({ context }: Asked) => guard.hasRecovered(context)
export const recoveredAndDiffers = ({ context }: Asked) => guard.hasRecovered(context) && guard.differs(context)

export const soakedAgain = (args: Args<'PROBES_PASSED'>) =>
  soaked(args) && args.context.desired === args.context.lastGood
export const soakedAndDiffers = (args: Args<'PROBES_PASSED'>) => soaked(args) && guard.differs(args.context)
export const contested = ({ context }: Asked) => context.contested.length > 0
export const calm = ({ context, event }: Args<'CALM'>) => guard.isCalm(context, event.nowMs)
export const brokenForGood = ({ context, event }: Args<'PROBES_FAILED'>) => guard.isBrokenForGood(context, event)
export const degraded = ({ context }: Asked) => guard.isDegraded(context)
