// What can be asked of files besides reading and writing, by both APIs, from programs of Linux.

import { testMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'

const FILESYSTEMS = {
  path: new URL('./filesystems/extended-path.js', import.meta.url),
  inode: new URL('./filesystems/extended-inode.js', import.meta.url),
}

interface Result {
  readonly [step: string]: unknown
}

/** Runs Python in a client process: `result` is what it fills, `folder` the mount, `code(f)` an errno's name. */
async function python(mounted: Mounted, lines: readonly string[]): Promise<Result> {
  const head = [
    'import os, sys, json, errno, fcntl, struct, ctypes',
    'folder, result = sys.argv[1], {}',
    'def code(f):',
    '    try: return f()',
    // Python has two names for the number.
    '    except OSError as e: return errno.errorcode[e.errno].replace("ENOTSUP", "EOPNOTSUPP")',
  ]
  const script = [...head, ...lines, 'print(json.dumps(result))'].join('\n')
  return JSON.parse(await mounted.run('python3', ['-c', script, mounted.mountpoint])) as Result
}

for (const [api, filesystem] of Object.entries(FILESYSTEMS)) {
  testMount(`${api}: extended attributes`, { filesystem, workers: 1 }, async (t, mounted) => {
    const result = await python(mounted, [
      'a, b = folder + "/a", folder + "/b"',
      'result["none"] = code(lambda: os.getxattr(a, "user.none").decode())',
      'result["replace"] = code(lambda: os.setxattr(a, "user.one", b"x", os.XATTR_REPLACE))',
      'os.setxattr(a, "user.one", b"value", os.XATTR_CREATE)',
      'result["create"] = code(lambda: os.setxattr(a, "user.one", b"x", os.XATTR_CREATE))',
      'os.setxattr(a, "user.large", b"7" * 65536)',
      'result["value"] = os.getxattr(a, "user.one").decode()',
      'result["large"] = os.getxattr(a, "user.large") == b"7" * 65536',
      'result["list"] = os.listxattr(a)',
      'result["empty"] = os.listxattr(b)',
      'libc = ctypes.CDLL(None, use_errno=True)',
      'room = ctypes.create_string_buffer(4)',
      'small = libc.getxattr(a.encode(), b"user.one", room, ctypes.c_size_t(4))',
      'result["small"] = [small, errno.errorcode[ctypes.get_errno()]]',
      'os.removexattr(a, "user.one")',
      'result["removed"] = code(lambda: os.removexattr(a, "user.one"))',
    ])
    t.same(result, {
      none: 'ENODATA',
      replace: 'ENODATA',
      create: 'EEXIST',
      value: 'value',
      large: true,
      list: ['user.one', 'user.large'],
      empty: [],
      small: [-1, 'ERANGE'],
      removed: 'ENODATA',
    })
  })

  const holes = { filesystem, workers: 1, mountOptions: { no_default_permissions: true } }
  testMount(`${api}: holes, copies, ioctls, ACCESS`, holes, async (t, mounted) => {
    const result = await python(mounted, [
      'a, b = os.open(folder + "/a", os.O_RDWR), os.open(folder + "/b", os.O_RDWR)',
      'libc = ctypes.CDLL(None, use_errno=True)',
      'def allocate(mode, offset, length):',
      '    if libc.fallocate64(a, mode, ctypes.c_int64(offset), ctypes.c_int64(length)) != 0:',
      '        raise OSError(ctypes.get_errno(), "")',
      'allocate(0, 0, 16384)',
      'allocate(3, 4096, 8192)',
      'result["size"] = os.fstat(a).st_size',
      'result["hole"] = os.lseek(a, 0, os.SEEK_HOLE)',
      'result["data"] = os.lseek(a, 4096, os.SEEK_DATA)',
      'result["end"] = code(lambda: os.lseek(a, 16384, os.SEEK_DATA))',
      'result["beyond"] = code(lambda: os.lseek(a, 2**53, os.SEEK_DATA))',
      'result["far"] = code(lambda: allocate(0, 2**53, 1))',
      'result["mode"] = code(lambda: allocate(16, 0, 1))',
      'os.pwrite(a, b"the content", 0)',
      'os.fsync(a)',
      'result["copied"] = os.copy_file_range(a, b, 100, 4, 10)',
      'result["copy"] = os.pread(b, 7, 10).decode()',
      'data = bytearray(struct.pack("II", 3, 4))',
      'result["ioctl"] = [fcntl.ioctl(a, 0xc0086607, data), struct.unpack("II", data)[0]]',
      'result["unknown"] = code(lambda: fcntl.ioctl(a, 0x6601))',
      'd = os.open(folder, os.O_RDONLY)',
      'os.fsync(d)',
      'os.fdatasync(d)',
      'result["access"] = os.access(folder + "/a", os.R_OK)',
    ])
    t.same(result, {
      size: 16384,
      hole: 4096,
      data: 12288,
      end: 'ENXIO',
      beyond: 'ENXIO',
      far: 'EFBIG',
      mode: 'EOPNOTSUPP',
      copied: 100,
      copy: 'content',
      ioctl: [42, 7],
      unknown: 'ENOTTY',
      access: true,
    })
    t.match(await mounted.run('stat', ['-c', '%W', mounted.path('a')]), /^1234567890\b/)
    const events = mounted.events<{ event: string; dataOnly?: boolean; mask?: number }>()
    t.same(
      events.filter(({ event }) => event === 'fsyncdir').map(({ dataOnly }) => dataOnly),
      [false, true],
    )
    t.ok(events.some(({ event, mask }) => event === 'access' && mask === 4))
  })
}

testMount(
  'without lseek, fallocate and statx Linux does what it can by itself',
  { filesystem: new URL('./filesystems/object-handles.js', import.meta.url), workers: 1 },
  async (t, mounted) => {
    const lines = [
      'f = os.open(folder + "/file", os.O_RDWR)',
      'libc = ctypes.CDLL(None, use_errno=True)',
      'def allocate():',
      '    if libc.fallocate64(f, 0, ctypes.c_int64(0), ctypes.c_int64(4096)) != 0:',
      '        raise OSError(ctypes.get_errno(), "")',
      'for round in ["first", "second"]:',
      '    result[round] = [os.lseek(f, 5, os.SEEK_DATA), os.lseek(f, 5, os.SEEK_HOLE),',
      '        code(lambda: os.lseek(f, 1 << 20, os.SEEK_DATA)), code(allocate)]',
    ]
    const served = [5, 1 << 20, 'ENXIO', 'EOPNOTSUPP']
    t.same(await python(mounted, lines), { first: served, second: served })
    t.match(await mounted.run('stat', ['-c', '%W %s', mounted.path('file')]), /^0 1048576/)
  },
)

testMount(
  'what a filesystem lacks, Linux says by itself after it was told once',
  { filesystem: new URL('./filesystems/caller.js', import.meta.url), workers: 1 },
  async (t, mounted) => {
    const lines = [
      'f = os.open(folder + "/who", os.O_RDONLY)',
      'path = folder + "/who"',
      'for round in ["first", "second"]:',
      '    result[round] = [',
      '        code(lambda: os.getxattr(path, "user.a").decode()),',
      '        code(lambda: os.listxattr(path)),',
      '        code(lambda: os.setxattr(path, "user.a", b"")),',
      '        code(lambda: os.removexattr(path, "user.a")),',
      '        code(lambda: fcntl.ioctl(f, 0x6601)),',
      '        code(lambda: os.fsync(f)),',
      '        os.access(path, os.R_OK),',
      '    ]',
    ]
    const none = ['EOPNOTSUPP', 'EOPNOTSUPP', 'EOPNOTSUPP', 'EOPNOTSUPP', 'ENOTTY', null, true]
    t.same(await python(mounted, lines), { first: none, second: none })
    const { operations } = await mounted.status()
    for (const opcode of ['GETXATTR', 'LISTXATTR', 'SETXATTR', 'REMOVEXATTR'])
      t.notOk(opcode in operations, `${opcode} was never served`)
  },
)
