// How the framework itself says ENOSYS where a method is absent: the kernel asks for the operation no more.
// What handlers throw is never one of these.

/** Thrown by operations only: the client of the handlers gets ENOSYS. */
export class NotSupported extends Error {}
