// Runs what could happen next in an order that choices decide: turns of workers, handlers that settle, clients
// that go on, faults. Everything is on one thread, and one thing happens at a time.

import type { Choices } from './choices.js'

interface Task {
  readonly label: string
  readonly run: () => void
}

/** Tasks, one of which runs at a time, in the order of the choices. */
export class Scheduler {
  readonly #choices: Choices
  readonly #tasks: Task[] = []
  readonly #history: string[] = []

  constructor(choices: Choices) {
    this.#choices = choices
  }

  /** Something that may happen from now on, once. */
  add(run: () => void, label: string): void {
    this.#tasks.push({ label, run })
  }

  /** Resolves when the scheduler picks it: for as long as anything else may happen first. */
  pause(label: string): Promise<void> {
    return new Promise((resolve) => this.add(resolve, label))
  }

  /** A decision of whoever takes part, by the same choices. */
  choose(count: number): number {
    return this.#choices.next(count)
  }

  /** Labels of what happened, in its order. */
  get history(): readonly string[] {
    return this.#history
  }

  /**
   * Runs until nothing can happen any more.
   * @throws when that takes more than `most` steps: a run without an end
   */
  async run(most = 100_000): Promise<void> {
    for (let step = 0; step < most; step++) {
      // Continuations of the last step come first: they are not the scheduler's to order.
      await settleMicrotasks()
      if (this.#tasks.length === 0) return
      const [task] = this.#tasks.splice(this.#choices.next(this.#tasks.length), 1)
      this.#history.push(task?.label ?? '')
      task?.run()
    }
    throw new Error(`the simulation does not end: ${this.#history.slice(-20).join(', ')}`)
  }
}

/** Every microtask that is due, and those that they lead to. */
function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
