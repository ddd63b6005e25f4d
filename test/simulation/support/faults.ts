// What may go wrong around the controller: drawn by chance, or placed at one exact moment by a plan.

/** Chances per call, each in [0, 1]. */
export interface FaultRates {
  /** The connection fails before a command was sent. */
  dropBefore: number
  /** The connection fails after an operation was sent. */
  dropAfter: number
  /** The connection fails, and the host begins the operation only some seconds later. */
  late: number
  /** An observation takes seconds to arrive and shows the host as it was. */
  slowLook: number
  /** There is no second connection. */
  dropFresh: number
  /** What the host answers cannot be understood, whatever it has done. */
  garbled: number
  /** A write to the store fails, and nothing of it is kept. */
  storeError: number
  /** A write to the store is kept, and fails all the same. */
  storeLost: number
  /** The controller is killed between two effects. */
  crash: number
}

export const noFaults: FaultRates = {
  ...{ dropBefore: 0, dropAfter: 0, late: 0, slowLook: 0, dropFresh: 0, garbled: 0 },
  ...{ storeError: 0, storeLost: 0, crash: 0 },
}

/** The places between two effects: where a plan may stop or disturb the controller. */
export const MOMENTS = [
  ...['write before', 'write after', 'observe before', 'observe after'],
  ...['operate before', 'operate sent', 'operate after', 'confirm before', 'confirm after'],
  ...['hold off before', 'hold off after', 'connect anew before', 'connect anew after'],
  ...[
    'mend before',
    'mend after',
    'recall before',
    'recall after',
    'inspect before',
    'inspect after',
    'read before',
    'trace before',
  ],
  ...['probe before', 'probe after', 'source before', 'source after'],
] as const

export type Moment = (typeof MOMENTS)[number]

/** `crash`: the controller is killed here. `fail`: this one call fails here. */
export type Verdict = 'go' | 'crash' | 'fail'

/** What a killed controller waits for. */
export function never(): Promise<never> {
  return new Promise(() => undefined)
}
