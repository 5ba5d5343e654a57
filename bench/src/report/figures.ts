// Figures as people read them.

/** Operations a second: `583k`, `12.3k`, `12.3`, `0.52`. */
export function rate(opsPerSecond: number): string {
  if (opsPerSecond >= 1e6) return `${(opsPerSecond / 1e6).toPrecision(3)}M`
  if (opsPerSecond >= 999.5) return `${(opsPerSecond / 1e3).toPrecision(3)}k`
  return opsPerSecond.toPrecision(3)
}

/** Microseconds: `3.4`, `150`, `2.1 ms`, `1.5 s`. */
export function duration(us: number): string {
  if (us >= 1e6) return `${(us / 1e6).toPrecision(2)} s`
  if (us >= 1e4) return `${(us / 1e3).toPrecision(3)} ms`
  return us >= 100 ? us.toFixed(0) : us.toPrecision(2)
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}
