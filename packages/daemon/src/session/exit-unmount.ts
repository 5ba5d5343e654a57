// What is mounted when the process exits is unmounted. One listener for all sessions: Node.js warns of more than ten.

const unmounts = new Set<() => void>()

function unmountAll(): void {
  for (const unmount of unmounts) unmount()
}

/** @returns takes it back */
export function unmountAtExit(unmount: () => void): () => void {
  if (unmounts.size === 0) process.on('exit', unmountAll)
  unmounts.add(unmount)
  return () => {
    unmounts.delete(unmount)
    if (unmounts.size === 0) process.removeListener('exit', unmountAll)
  }
}
