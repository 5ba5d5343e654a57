// The device as the rest of the framework sees it: /dev/fuse in production (its native twin is
// device/device-endpoint.hpp), an in-process queue in tests. Errors are the kernel's own negative errnos.

/**
 * One open handle of a FUSE connection (fs/fuse/dev.c). Each call moves exactly one whole message.
 * Implementations return what the kernel returns: a byte count, or a negative errno.
 */
export interface DeviceEndpoint {
  /**
   * Reads one request into `target`.
   * -EAGAIN: nothing pending (non-blocking); -ENODEV: unmounted; -ECONNABORTED: aborted;
   * -EINVAL: `target` is smaller than max(8192, 80 + max_write).
   */
  read(target: Uint8Array): number
  /**
   * Writes one reply or notification, given as pieces that follow each other.
   * -ENOENT: the request is gone or answered; -EINVAL: wrong length, error value or body size.
   */
  writev(pieces: readonly Uint8Array[]): number
  /** Ends the handle; what it has read and not answered fails with ECONNABORTED. Idempotent. */
  close(): void
}
