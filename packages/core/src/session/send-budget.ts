// Back-pressure: what one thread may have on its way at a time. Who asks for more waits its turn, in order.

export class SendBudget {
  #free: number
  readonly #most: number
  readonly #waiting: { readonly cost: number; readonly resolve: () => void }[] = []

  constructor(most: number) {
    this.#most = most
    this.#free = most
  }

  /** Resolves when `cost`, or all where it is more than that, is free and was taken. */
  async take(cost: number): Promise<void> {
    const own = Math.min(cost, this.#most)
    if (this.#waiting.length === 0 && own <= this.#free) {
      this.#free -= own
      return
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push({ cost: own, resolve })
    })
  }

  /** Of the same cost. */
  give(cost: number): void {
    this.#free += Math.min(cost, this.#most)
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.cost > this.#free) return
      this.#free -= next.cost
      this.#waiting.shift()
      next.resolve()
    }
  }
}
