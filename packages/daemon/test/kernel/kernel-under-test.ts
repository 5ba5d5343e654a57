// What the cases ask of a kernel: the device as a daemon has it, and clients. The real one and the virtual one
// offer the same.

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json }

/** A result, 'ok' where there is none, or the name of an errno. */
export type Outcome = string | number | boolean

/**
 * A system call of a client by name, see kernel-tool.py; paths are relative to the mount, '' is its root.
 * 'wait' ends when the client is told to go on.
 */
export type Step = readonly [call: string, ...arguments: (string | number)[]]

/** One open handle of /dev/fuse, non-blocking. */
export interface Device {
  /** A message, or the name of the errno. */
  read(room: number): Uint8Array | string
  /** How many bytes were taken, or the name of the errno. */
  write(bytes: Uint8Array): number | string
  /** 'ERR', 'HUP', 'IN', 'OUT', as far as they are set, in this order. */
  poll(): readonly string[]
  /** FUSE_DEV_IOC_CLONE: joins the connection of another handle. 'ok' or the name of the errno. */
  clone(source: Device): string
  /** Any other ioctl. */
  ioctl(request: number): string
  close(): void
}

/** One process that does its steps, then stays without closing anything. */
export interface Client {
  /** Of each step; those that a fatal signal cut off are 'killed'. */
  readonly outcomes: Promise<readonly Outcome[]>
  /** How many steps are done. */
  readonly done: number
  /** Interrupts the system call that it is in; settles when the kernel has taken notice. */
  signal(): Promise<void>
  /** Ends the step 'wait' that it is in, or comes to. */
  goOn(): void
  /** SIGKILL. */
  kill(): void
}

export interface KernelUnderTest {
  openDevice(): Device
  /** mount(2) with this device; INIT waits on it then. 'ok' or the name of the errno. */
  mount(device: Device, options?: readonly string[]): string
  start(steps: readonly Step[]): Client
  /** Requests that clients wait for. */
  readonly waiting: number
  /** The control file `abort`. */
  abort(): void
  /** umount2(2) with MNT_DETACH. */
  unmount(): string
  /** Leaves nothing behind. */
  destroy(): Promise<void>
}
