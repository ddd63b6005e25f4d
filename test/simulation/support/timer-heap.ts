// The timers of the simulation, earliest first and in the order they were set: a binary heap, since there are thousands an hour.

export interface Timer {
  atMs: number
  order: number
  /** Undefined once cancelled: it is dropped when its time comes. */
  callback: (() => void) | undefined
}

export class TimerHeap {
  readonly #heap: Timer[] = []

  push(timer: Timer): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(timer, heap[parent] as Timer)) break
      heap[at] = heap[parent] as Timer
      at = parent
    }
    heap[at] = timer
  }

  /** Takes out the first timer that was not cancelled, if it is due by then. */
  pop(untilMs: number): Timer | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.callback !== undefined && first.atMs > untilMs) return undefined
      this.#removeFirst()
      if (first.callback !== undefined) return first
    }
    return undefined
  }

  /** Moves every timer by the same time, which keeps their order. */
  shift(ms: number): void {
    for (const timer of this.#heap) timer.atMs += ms
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop() as Timer
    if (heap.length === 0) return
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child += 1
      if (!isBefore(heap[child] as Timer, last)) break
      heap[at] = heap[child] as Timer
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
