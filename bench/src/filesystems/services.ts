// What all workers of a trivial filesystem share: made by the main thread, handed out through `services`.

import { CREATED_COUNT, type CreatedTable } from './tree.js'

export interface TrivialServices {
  createdTable(): CreatedTable | Promise<CreatedTable>
}

export function trivialServices(): TrivialServices {
  const table = new Uint8Array(new SharedArrayBuffer(CREATED_COUNT))
  return { createdTable: () => table }
}
