// What is mounted when the process exits is ended. One listener for all sessions: Node.js warns of more than ten.

const ends = new Set<() => void>()

/** All of them, before Node.js joins its threads: those of one mount may wait for an answer of another. */
function endAll(): void {
  for (const end of ends) end()
}

/** @param end must not throw @returns takes it back */
export function endAtExit(end: () => void): () => void {
  if (ends.size === 0) process.on('exit', endAll)
  ends.add(end)
  return () => {
    ends.delete(end)
    if (ends.size === 0) process.removeListener('exit', endAll)
  }
}
