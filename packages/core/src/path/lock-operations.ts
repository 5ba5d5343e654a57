// Operations on locks.

import { type Given, type Inode, requiredFile } from './path-subject.js'

export function lockOperations(given: Given): Inode {
  const { getlk, setlk, flock } = given
  return {
    ...(getlk && {
      getlk: (file, wanted, owner, context) =>
        getlk.call(given, requiredFile(file), wanted, owner, context),
    }),
    ...(setlk && {
      setlk: (file, change, owner, context) =>
        setlk.call(given, requiredFile(file), change, owner, context),
    }),
    ...(flock && {
      flock: (file, change, owner, context) =>
        flock.call(given, requiredFile(file), change, owner, context),
    }),
  }
}
