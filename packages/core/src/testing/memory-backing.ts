// Backing files of a virtual kernel, as a daemon reaches them by its device.

import type { BackingDevice } from '../session/index.js'
import { IOCTL_BACKING_CLOSE, IOCTL_BACKING_OPEN } from './virtual-kernel/device-handle.js'
import type { MemoryKernel } from './virtual-kernel/memory-kernel.js'

export function memoryBacking({ device, connection }: MemoryKernel): BackingDevice {
  return {
    open: (fd) => device.ioctl(IOCTL_BACKING_OPEN, fd),
    close: (id) => void device.ioctl(IOCTL_BACKING_CLOSE, id),
    fileOf(fd) {
      const file = connection.backings.source(fd)
      return typeof file === 'number' ? undefined : file.name
    },
  }
}
