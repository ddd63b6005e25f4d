// The lifecycle of one component on one host: six states on top, what is going on inside them. It holds facts, not effects:
// no invoke, no timers; deadlines are numbers in the context, and time arrives with each fact.
import { setup } from 'xstate'
import * as is from './branches.ts'
import { contest, type Of, remember } from './branches.ts'
import { contested } from './contest.ts'
import * as drift from './corrections.ts'
import type { Fact } from './facts.ts'
import { initialContext, type LifecycleContext } from './lifecycle-context.ts'
import * as update from './updates.ts'

/** Goes up when a persisted snapshot of the version before would be read wrongly, or lacks a part. */
export const MACHINE_VERSION = 3

const { createMachine } = setup({ types: { context: {} as LifecycleContext, events: {} as Fact } })

const calm = { guard: is.calm, actions: remember(drift.calm) }
const rollBack = [remember(update.rollbackBegun)]
const rollBackAsked = [remember<Of<'ROLLBACK_ASKED'>>(update.rollbackAsked), ...rollBack]

export const componentMachine = createMachine({
  id: 'component',
  context: initialContext(),
  initial: 'disabled',
  on: {
    TARGET_CHANGED: [
      { guard: is.desiredAlready },
      // Asked for a revision that was taken back here before: run the last good one, and say so.
      {
        guard: is.quarantined,
        target: '.failed.rollingBack',
        actions: [remember<Of<'TARGET_CHANGED'>>(update.newRevision), ...rollBack, remember(update.quarantined)],
      },
      { target: '.deploying', actions: remember<Of<'TARGET_CHANGED'>>(update.newRevision) },
    ],
    DISABLED: { target: '.disabled.removing', actions: remember(update.nothingWanted) },
    TAKEN_BACK: {
      target: '.failed.rollingBack',
      actions: [...rollBack, remember<Of<'TAKEN_BACK'>>(update.takenBack)],
    },
    RETRY_ASKED: { actions: remember(drift.asked) },
    ROLLBACK_ASKED: { guard: is.another, target: '.failed.rollingBack', actions: rollBackAsked },
    UNQUARANTINED: { actions: remember<Of<'UNQUARANTINED'>>(update.unquarantined) },
  },
  states: {
    disabled: {
      initial: 'absent',
      entry: remember(update.entered),
      on: { DISABLED: {}, ROLLBACK_ASKED: {}, ...is.unwanted },
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
        APPLIED: { target: 'verifying', actions: remember<Of<'APPLIED'>>(update.verificationBegun) },
        INTERRUPTED: { target: '.blocked', actions: remember<Of<'INTERRUPTED'>>(update.interrupted) },
        APPLY_FAILED: [
          {
            guard: is.takeBack,
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
        ...contest,
        DRIFT_FOUND: { target: 'deploying', actions: remember(drift.correctionCounted) },
        VERIFICATION_OVERDUE: [
          {
            guard: is.overdueAndTakeBack,
            target: 'failed.rollingBack',
            actions: [remember<Of<'VERIFICATION_OVERDUE'>>(update.attemptFailed), ...rollBack],
          },
          { target: 'failed.retrying', actions: remember<Of<'VERIFICATION_OVERDUE'>>(update.attemptFailed) },
        ],
        PROBES_FAILED: [
          {
            guard: is.overAndTakeBack,
            target: 'failed.rollingBack',
            actions: [remember<Of<'PROBES_FAILED'>>(update.verificationFailed), ...rollBack],
          },
          { guard: is.overAndLacks, ...is.broughtBackDegraded },
          {
            guard: is.over,
            target: 'failed.retrying',
            actions: remember<Of<'PROBES_FAILED'>>(update.verificationFailed),
          },
          { target: '.probing', actions: remember<Of<'PROBES_FAILED'>>(update.probesFailed) },
        ],
        PROBES_PASSED: [
          // What was proven may differ in what is left to somebody else.
          {
            guard: is.soakedAndDiffers,
            target: 'healthy.drifted',
            actions: remember(update.proven),
          },
          { guard: is.soaked, target: 'healthy', actions: remember(update.proven) },
          { target: '.soaking', actions: remember(update.probesPassed) },
        ],
      },
      states: { probing: {}, soaking: {} },
    },
    healthy: {
      initial: 'inSync',
      entry: remember(update.entered),
      on: {
        ...contest,
        // Found again while it waits for its turn: the backoff that runs is kept.
        DRIFT_FOUND: { guard: is.notWaiting, actions: remember<Of<'DRIFT_FOUND'>>(drift.drifted) },
        DRIFT_LEFT: { actions: remember<Of<'DRIFT_LEFT'>>(drift.driftLeft) },
        IN_SYNC: { actions: remember(drift.inSync) },
        CALM: calm,
        CORRECTION_DUE: { target: 'deploying', actions: remember(drift.correctionCounted) },
        PROBES_FAILED: [
          {
            guard: is.brokenForGood,
            target: 'failed.retrying',
            actions: remember<Of<'PROBES_FAILED'>>(update.brokenWhileInSync),
          },
          {
            guard: is.degraded,
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
            DRIFT_FOUND: { target: 'drifted', actions: remember<Of<'DRIFT_FOUND'>>(drift.drifted) },
            DRIFT_LEFT: { target: 'drifted', actions: remember<Of<'DRIFT_LEFT'>>(drift.driftLeft) },
            CONTESTED: { target: 'drifted', actions: remember<Of<'CONTESTED'>>(contested) },
          },
        },
        /** It differs: it waits for its correction, or the difference is left. It is probed all the same. */
        drifted: {
          on: {
            IN_SYNC: [
              { guard: is.contested, actions: remember(drift.inSync) },
              { target: 'inSync', actions: remember(drift.inSync) },
            ],
          },
        },
        /** It may differ, too. */
        degraded: {
          on: {
            PROBES_PASSED: [
              { guard: is.recoveredAndDiffers, target: 'drifted', actions: remember(update.probesPassed) },
              { guard: is.recovered, target: 'inSync', actions: remember(update.probesPassed) },
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
        retrying: {
          on: {
            RETRY_DUE: { target: '#component.deploying' },
            RETRY_ASKED: is.triedAgain,
            // Asked only while nothing may be done about what was proven and broke: it came to itself.
            PROBES_PASSED: [
              { guard: is.soakedAgain, target: '#component.healthy', actions: remember(update.proven) },
              { actions: remember(update.passedWhileTakenBack) },
            ],
            PROBES_FAILED: { actions: remember(update.failedWhileTakenBack) },
          },
        },
        rollingBack: {
          on: {
            TAKEN_BACK: { actions: [...rollBack, remember<Of<'TAKEN_BACK'>>(update.takenBackMeanwhile)] },
            ROLLBACK_APPLIED: { actions: remember(update.rollbackApplied) },
            PROBES_PASSED: [
              { guard: is.soaked, target: '#component.rolledBack', actions: remember(update.rejectedDesired) },
              { actions: remember(update.passedWhileTakenBack) },
            ],
            PROBES_FAILED: [
              { guard: is.over, target: 'stalled', actions: remember(update.rollbackFailed) },
              { actions: remember(update.failedWhileTakenBack) },
            ],
            ROLLBACK_FAILED: { target: 'stalled', actions: remember(update.rollbackFailed) },
          },
        },
        /** A rollback failed: hands off until a person or another revision says otherwise. */
        stalled: { on: { RETRY_ASKED: is.triedAgain, CHANCE_DUE: is.triedOnceMore } },
      },
    },
    rolledBack: {
      initial: 'holding',
      entry: remember(update.entered),
      on: {
        ...contest,
        CALM: calm,
        CHANCE_DUE: is.triedOnceMore,
        DRIFT_LEFT: { actions: remember<Of<'DRIFT_LEFT'>>(drift.driftLeft) },
        UNQUARANTINED: [
          { guard: is.desiredAgain, ...is.triedAgain },
          { actions: remember<Of<'UNQUARANTINED'>>(update.unquarantined) },
        ],
      },
      states: {
        holding: {
          on: {
            DRIFT_FOUND: { target: 'drifted', actions: remember<Of<'DRIFT_FOUND'>>(drift.drifted) },
            IN_SYNC: { actions: remember(drift.inSync) },
          },
        },
        drifted: {
          on: {
            IN_SYNC: { target: 'holding', actions: remember(drift.inSync) },
            DRIFT_LEFT: { target: 'holding', actions: remember<Of<'DRIFT_LEFT'>>(drift.driftLeft) },
            APPLIED: { target: 'holding', actions: remember<Of<'APPLIED'>>(drift.correctedWhileTakenBack) },
            APPLY_FAILED: { actions: remember<Of<'APPLY_FAILED'>>(drift.correctionFailed) },
            INTERRUPTED: { actions: remember<Of<'INTERRUPTED'>>(drift.correctionFailed) },
          },
        },
      },
    },
  },
})
