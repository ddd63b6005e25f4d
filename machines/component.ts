// The lifecycle of one component on one host: six states on top, what is going on inside them. It holds facts, not effects:
// no invoke, no timers; deadlines are numbers in the context, and time arrives with each fact.
import { assign, setup } from 'xstate'
import type { Fact } from './facts.ts'
import * as guard from './guards.ts'
import * as update from './lifecycle-context.ts'
import { initialContext, type LifecycleContext } from './lifecycle-context.ts'

/** Goes up when a persisted snapshot of the version before would be read wrongly. */
export const MACHINE_VERSION = 1

type Of<T extends Fact['type']> = Extract<Fact, { type: T }>
type Apply<F extends Fact> = (context: LifecycleContext, fact: F) => Partial<LifecycleContext>

const { createMachine } = setup({ types: { context: {} as LifecycleContext, events: {} as Fact } })

/** An action that writes an update's result into the context; `F` is what the place it stands in can receive. */
function remember<F extends Fact>(change: Apply<F>) {
  // biome-ignore lint/suspicious/noExplicitAny: xstate types an inline assign by its place; the fact type is checked by `F`
  return assign<LifecycleContext, any, undefined, Fact, never>(({ context, event }) => change(context, event as F))
}

type Args<T extends Fact['type']> = { context: LifecycleContext; event: Of<T> }

const quarantined = ({ context, event }: Args<'TARGET_CHANGED'>) => guard.isQuarantined(context, event.revision).ok
const isNew = ({ context, event }: Args<'TARGET_CHANGED'>) => event.revision !== context.desired
const soaked = ({ context, event }: Args<'PROBES_PASSED'>) => guard.hasSoaked(context, event.nowMs, event.timing).ok
const over = ({ context, event }: Args<'PROBES_FAILED'>) => guard.verificationIsOver(context, event).ok
const takeBack = ({ context, event }: Args<'APPLY_FAILED'>) =>
  guard.attemptsAreUsedUp(context, event).ok && guard.mayRollBack(context, event.timing).ok
const overAndTakeBack = ({ context, event }: Args<'PROBES_FAILED'>) =>
  guard.verificationIsOver(context, event).ok && guard.mayRollBack(context, event.timing).ok

const rollBack = [remember(update.rollbackBegun)]

export const componentMachine = createMachine({
  id: 'component',
  context: initialContext(),
  initial: 'disabled',
  on: {
    TARGET_CHANGED: [
      { guard: ({ context, event }) => !isNew({ context, event }) },
      // Asked for a revision that was taken back here before: run the last good one, and say so.
      {
        guard: quarantined,
        target: '.failed.rollingBack',
        actions: [remember<Of<'TARGET_CHANGED'>>(update.newRevision), ...rollBack, remember(quarantineReason)],
      },
      { target: '.deploying', actions: remember<Of<'TARGET_CHANGED'>>(update.newRevision) },
    ],
    DISABLED: { target: '.disabled.removing', actions: remember(update.nothingWanted) },
    RETRY_ASKED: {
      guard: ({ context }) => context.desired !== null,
      target: '.deploying',
      actions: remember(update.retryAsked),
    },
  },
  states: {
    disabled: {
      initial: 'absent',
      entry: remember(update.entered),
      on: { DISABLED: {}, RETRY_ASKED: {} },
      states: {
        removing: {
          on: {
            REMOVED: { target: 'absent', actions: remember(update.gone) },
            BLOCKED: { actions: remember<Of<'BLOCKED'>>(update.held) },
            APPLY_FAILED: { actions: remember<Of<'APPLY_FAILED'>>(update.attemptFailed) },
          },
        },
        absent: { on: { DISABLED: { target: 'removing' } } },
      },
    },
    deploying: {
      initial: 'blocked',
      entry: remember(update.entered),
      on: {
        APPLIED: { target: 'verifying', actions: remember(update.verificationBegun) },
        APPLY_FAILED: [
          {
            guard: takeBack,
            target: 'failed.rollingBack',
            actions: [remember<Of<'APPLY_FAILED'>>(update.attemptFailed), ...rollBack],
          },
          { target: 'failed.retrying', actions: remember<Of<'APPLY_FAILED'>>(update.attemptFailed) },
        ],
      },
      states: {
        /** Waiting, always with the reason: dependency, window, host, lock, or simply its turn. */
        blocked: {
          on: {
            BLOCKED: { actions: remember<Of<'BLOCKED'>>(update.held) },
            APPLY_STARTED: { target: 'applying', actions: remember(update.released) },
          },
        },
        applying: { on: { BLOCKED: { target: 'blocked', actions: remember<Of<'BLOCKED'>>(update.held) } } },
      },
    },
    verifying: {
      initial: 'probing',
      entry: remember(update.entered),
      on: {
        DRIFT_FOUND: { target: 'deploying', actions: remember(update.correctionCounted) },
        PROBES_FAILED: [
          {
            guard: overAndTakeBack,
            target: 'failed.rollingBack',
            actions: [remember<Of<'PROBES_FAILED'>>(update.verificationFailed), ...rollBack],
          },
          { guard: over, target: 'failed.retrying', actions: remember<Of<'PROBES_FAILED'>>(update.verificationFailed) },
          { target: '.probing', actions: remember<Of<'PROBES_FAILED'>>(update.probesFailed) },
        ],
        PROBES_PASSED: [
          { guard: soaked, target: 'healthy', actions: remember(update.proven) },
          { target: '.soaking', actions: remember(update.probesPassed) },
        ],
      },
      states: { probing: {}, soaking: {} },
    },
    healthy: {
      initial: 'inSync',
      entry: remember(update.entered),
      on: {
        DRIFT_FOUND: { target: '.drifted', actions: remember<Of<'DRIFT_FOUND'>>(update.drifted) },
        PROBES_FAILED: [
          {
            guard: ({ context }) => guard.isBrokenForGood(context).ok,
            target: 'failed.retrying',
            actions: remember<Of<'PROBES_FAILED'>>(update.brokenWhileInSync),
          },
          {
            guard: ({ context }) => guard.isDegraded(context).ok,
            target: '.degraded',
            actions: remember<Of<'PROBES_FAILED'>>(update.probesFailed),
          },
          { actions: remember<Of<'PROBES_FAILED'>>(update.probesFailed) },
        ],
        PROBES_PASSED: { actions: remember(update.probesPassed) },
      },
      states: {
        inSync: {
          on: {
            IN_SYNC: {
              guard: ({ context, event }) => guard.isCalm(context, event.nowMs).ok,
              actions: remember(update.calm),
            },
          },
        },
        drifted: {
          on: {
            IN_SYNC: { target: 'inSync', actions: remember(settled) },
            CORRECTION_DUE: { target: '#component.deploying', actions: remember(update.correctionCounted) },
            // Found again while waiting for its turn: the backoff that runs is kept.
            DRIFT_FOUND: {},
          },
        },
        degraded: {
          on: {
            PROBES_PASSED: [
              {
                guard: ({ context }) => guard.hasRecovered(context).ok,
                target: 'inSync',
                actions: remember(update.probesPassed),
              },
              { actions: remember(update.probesPassed) },
            ],
          },
        },
      },
    },
    failed: {
      initial: 'retrying',
      entry: remember(update.entered),
      states: {
        retrying: { on: { RETRY_DUE: { target: '#component.deploying' } } },
        rollingBack: {
          on: {
            ROLLBACK_APPLIED: { actions: remember(update.rollbackApplied) },
            PROBES_PASSED: [
              { guard: soaked, target: '#component.rolledBack', actions: remember(update.rejectedDesired) },
              { actions: remember(passedKeepingReason) },
            ],
            PROBES_FAILED: [
              { guard: over, target: 'stalled', actions: remember(update.rollbackFailed) },
              { actions: remember(failedKeepingReason) },
            ],
            ROLLBACK_FAILED: { target: 'stalled', actions: remember(update.rollbackFailed) },
          },
        },
        /** A rollback failed: hands off until a person or another revision says otherwise. */
        stalled: {},
      },
    },
    rolledBack: {
      initial: 'holding',
      entry: remember(update.entered),
      states: {
        holding: { on: { DRIFT_FOUND: { target: 'drifted', actions: remember(driftedKeepingReason) } } },
        drifted: {
          on: {
            IN_SYNC: { target: 'holding', actions: remember(notDue) },
            APPLIED: { target: 'holding', actions: remember(update.correctionCounted) },
            APPLY_FAILED: { actions: remember(laterKeepingReason) },
          },
        },
      },
    },
  },
})

function quarantineReason(): Partial<LifecycleContext> {
  return {
    reason: 'Quarantined',
    message: 'this revision was taken back on this host before; it is not tried again until the spec changes',
  }
}

function settled(): Partial<LifecycleContext> {
  return { dueAtMs: null, reason: '', message: '' }
}

// While something is being taken back, `reason` and `message` say why; what happens meanwhile does not overwrite them.
function passedKeepingReason(context: LifecycleContext, fact: Fact): Partial<LifecycleContext> {
  return { healthySinceMs: context.healthySinceMs ?? fact.nowMs }
}
function failedKeepingReason(context: LifecycleContext): Partial<LifecycleContext> {
  return { healthySinceMs: null, probeFailures: context.probeFailures + 1 }
}
function driftedKeepingReason(_: LifecycleContext, fact: Fact): Partial<LifecycleContext> {
  return { dueAtMs: 'correctAfterMs' in fact ? fact.nowMs + fact.correctAfterMs : null }
}
function notDue(): Partial<LifecycleContext> {
  return { dueAtMs: null }
}
function laterKeepingReason(_: LifecycleContext, fact: Fact): Partial<LifecycleContext> {
  return { dueAtMs: 'retryAfterMs' in fact ? fact.nowMs + fact.retryAfterMs : null }
}
