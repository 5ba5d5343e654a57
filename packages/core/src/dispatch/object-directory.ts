// An open directory whose handle is an object of the handler's.

/** Stands in the handle table for the object, with the listing beside it; handlers never see it. */
export class ObjectDirectory {
  readonly handle: object
  records: Uint8Array | undefined

  constructor(handle: object) {
    this.handle = handle
  }
}
