// Operations on ranges of open files, ioctls and poll.

import { type Given, type Inode, requiredFile } from './path-subject.js'

export function rangeOperations(given: Given): Inode {
  const { fallocate, lseek, copy_file_range, ioctl, poll } = given
  return {
    ...(fallocate && {
      fallocate: (file, mode, offset, length, context) =>
        fallocate.call(given, requiredFile(file), mode, offset, length, context),
    }),
    ...(ioctl && {
      ioctl: (file, command, input, outputSize, details, context) =>
        ioctl.call(given, requiredFile(file), command, input, outputSize, details, context),
    }),
    ...(poll && {
      poll: (file, events, handle, context) =>
        poll.call(given, requiredFile(file), events, handle, context),
    }),
    ...(lseek && {
      lseek: (file, offset, whence, context) =>
        lseek.call(given, requiredFile(file), offset, whence, context),
    }),
    ...(copy_file_range && {
      copy_file_range: (source, position, target, targetPosition, length, context) =>
        copy_file_range.call(
          given,
          requiredFile(source),
          position,
          requiredFile(target),
          targetPosition,
          length,
          context,
        ),
    }),
  }
}
