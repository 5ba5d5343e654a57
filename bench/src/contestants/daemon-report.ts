// What a daemon of ours says of itself, as JSON in one line on stdout, once it serves or will not.

export interface DaemonReport {
  /** Why it does not serve. */
  readonly refused?: string
  readonly workers?: number
  /** null where the kernel sets no limit per worker. */
  readonly entries?: number | null
  readonly flags?: readonly string[]
}
