import { allOperations, OPCODE_LIMIT, operationFor, routingTable } from '@fuseloop/core/dispatch'
import { Opcode, opcodeName } from '@fuseloop/core/protocol'
import { OperationClass } from '@fuseloop/core/ring'
import t from 'tap'

function names(filter: (operation: ReturnType<typeof allOperations>[number]) => boolean): string[] {
  return allOperations()
    .filter(filter)
    .map(({ opcode }) => opcodeName(opcode))
    .sort()
}

/** They share the method of another. */
const SECOND: readonly number[] = [Opcode.RENAME2, Opcode.COPY_FILE_RANGE_64, Opcode.SETLKW]

t.test('an interrupt may end only operations that change nothing', async (t) => {
  t.same(
    names(({ cancellable }) => cancellable === true),
    [
      'ACCESS',
      'BMAP',
      'GETATTR',
      'GETLK',
      'GETXATTR',
      'LISTXATTR',
      'LOOKUP',
      'LSEEK',
      'POLL',
      'READ',
      'READDIR',
      'READDIRPLUS',
      'READLINK',
      'SETLKW',
      'STATFS',
      'STATX',
    ],
  )
})

t.test(
  'what makes an entry, a handle or a lock can be taken back; what ends locks does so on failure too',
  async (t) => {
    t.same(
      names(({ rollback }) => rollback !== undefined),
      [
        'CREATE',
        'FLUSH',
        'LINK',
        'LOOKUP',
        'MKDIR',
        'MKNOD',
        'OPEN',
        'OPENDIR',
        'READDIRPLUS',
        'RELEASE',
        'SETLK',
        'SETLKW',
        'SYMLINK',
        'TMPFILE',
      ],
    )
  },
)

t.test('these do without a method, all others are ENOSYS', async (t) => {
  t.same(
    names(({ fallback }) => fallback !== undefined),
    [
      'FLUSH',
      'GETLK',
      'OPEN',
      'OPENDIR',
      'RELEASE',
      'RELEASEDIR',
      'SETLK',
      'SETLKW',
      'STATFS',
      'STATX',
    ],
  )
})

t.test('only forgotten nodes take no reply', async (t) => {
  t.same(
    names(({ expectsReply }) => !expectsReply),
    ['BATCH_FORGET'],
  )
})

t.test('what frees goes first and bulk data last', async (t) => {
  t.same(
    names((operation) => operation.class === OperationClass.CONTROL),
    ['FLUSH', 'GETLK', 'RELEASE', 'RELEASEDIR', 'SETLK', 'SETLKW'],
  )
  t.same(
    names((operation) => operation.class === OperationClass.DATA),
    [
      'COPY_FILE_RANGE',
      'COPY_FILE_RANGE_64',
      'FALLOCATE',
      'FSYNC',
      'FSYNCDIR',
      'READ',
      'SYNCFS',
      'WRITE',
    ],
  )
})

t.test('an operation stands under its own opcode, and each method has one but three', async (t) => {
  for (const operation of allOperations()) t.equal(operationFor(operation.opcode), operation)
  const methods = allOperations()
    .filter(({ opcode }) => !SECOND.includes(opcode))
    .map(({ method }) => method)
  t.equal(new Set(methods).size, methods.length)
  for (const opcode of [0, Opcode.INIT, Opcode.FORGET, Opcode.INTERRUPT, 63, 64, 0xffffffff]) {
    t.equal(operationFor(opcode), undefined, opcodeName(opcode))
  }
})

t.test("the reader's table has four bytes for every opcode", async (t) => {
  const table = routingTable()
  t.equal(table.byteLength, OPCODE_LIMIT * 4)
  const row = (opcode: number): number[] => [...table.subarray(opcode * 4, opcode * 4 + 4)]
  t.same(row(Opcode.LOOKUP), [1, 0, 0, 0])
  t.same(row(Opcode.MKDIR), [1, 0, 0, 0])
  // fuse_getattr_in and fuse_setattr_in have fh at 8, counted with GETATTR_FH and FATTR_FH.
  t.same(row(Opcode.GETATTR), [1, 48, 1, 16])
  t.same(row(Opcode.SETATTR), [1, 48, 64, 16])
  // fuse_link_in: the node is oldnodeid.
  t.same(row(Opcode.LINK), [1, 0, 0, 40])
  t.same(row(Opcode.STATX), [1, 48, 1, 16])
  t.same(row(Opcode.READ), [2, 40, 0, 0])
  t.same(row(Opcode.WRITE), [2, 40, 0, 0])
  t.same(row(Opcode.RELEASE), [0, 40, 0, 0])
  t.same(row(Opcode.READDIR), [1, 40, 0, 0])
  t.same(row(63), [1, 0, 0, 0], 'unknown: answered like any other')
})
