// Extended attributes and ACLs through the loopback: as on the filesystem beneath.

import { testAsBeneath } from '../support/as-beneath.js'

testAsBeneath('extended attributes of files, directories and links', {
  script: `
make('file'); os.mkdir('directory'); os.symlink('file', 'link')
for path in ['file', 'directory']:
    os.setxattr(path, 'user.one', b'\\xff\\x00value')
    os.setxattr(path, 'user.empty', b'')
    tell(sorted(os.listxattr(path)), os.getxattr(path, 'user.one'), os.getxattr(path, 'user.empty'))
tell(attempt(os.setxattr, 'file', 'user.one', b'x', os.XATTR_CREATE), attempt(os.setxattr, 'file', 'user.new', b'x', os.XATTR_REPLACE))
tell(attempt(os.getxattr, 'file', 'user.none'), attempt(os.removexattr, 'file', 'user.none'), attempt(os.setxattr, 'file', 'nonsense.x', b''))
os.removexattr('file', 'user.one'); tell(os.listxattr('file'))
os.setxattr('link', 'trusted.mine', b'on the link', follow_symlinks=False)
tell(os.getxattr('link', 'trusted.mine', follow_symlinks=False), os.listxattr('file'))
tell(attempt(os.setxattr, 'link', 'user.mine', b'x', follow_symlinks=False))
os.setxattr('file', 'trusted.hidden', b'x'); os.chmod('file', 0o644)
tell(os.listxattr('file'), as_user(1234, 1234, [], lambda: [os.listxattr('file'), attempt(os.setxattr, 'file', 'user.x', b'')]))
buffer = ctypes.create_string_buffer(1)
os.setxattr('file', 'user.long', b'x' * 1000)
tell(system_call('getxattr', b'file', b'user.long', None, 0), system_call('getxattr', b'file', b'user.long', buffer, 1), system_call('listxattr', b'file', buffer, 1))
tell(attempt(os.setxattr, 'file', 'user.' + 'n' * 250, b''), attempt(os.setxattr, 'file', 'user.' + 'n' * 251, b''))
`,
  seen: [
    [['user.empty', 'user.one'], 'ff0076616c7565', ''],
    [['user.empty', 'user.one'], 'ff0076616c7565', ''],
    ['EEXIST', 'ENODATA'],
    ['ENODATA', 'ENODATA', 'ENOTSUP'],
    [['user.empty']],
    ['6f6e20746865206c696e6b', ['user.empty']],
    ['EPERM'],
    [
      ['user.empty', 'trusted.hidden'],
      [['user.empty'], 'EACCES'],
    ],
    [1000, 'ERANGE', 'ERANGE'],
    [null, 'ERANGE'],
  ],
})

testAsBeneath('ACLs are enforced, inherited, and show in the mode', {
  script: `
# Tags: 1 owner, 2 user, 4 group of the file, 8 group, 16 mask, 32 others (include/uapi/linux/posix_acl.h).
def acl(*entries):
    return struct.pack('<I', 2) + b''.join(struct.pack('<HHI', tag, perm, who) for tag, perm, who in entries)
NOBODY = 0xffffffff
only = acl((1, 6, NOBODY), (2, 6, 1234), (4, 0, NOBODY), (16, 6, NOBODY), (32, 0, NOBODY))
make('file', 'secret')
os.setxattr('file', 'system.posix_acl_access', only)
tell(mode_of('file'), os.getxattr('file', 'system.posix_acl_access'))
tell(as_user(1234, 1, [], lambda: read('file')), as_user(1235, 1, [], lambda: read('file')))
os.chmod('file', 0o600)
tell(as_user(1234, 1, [], lambda: read('file')), os.getxattr('file', 'system.posix_acl_access'))
os.mkdir('d'); os.chmod('d', 0o777)
default = acl((1, 7, NOBODY), (2, 7, 1234), (4, 5, NOBODY), (16, 7, NOBODY), (32, 0, NOBODY))
os.setxattr('d', 'system.posix_acl_default', default)
os.umask(0o077)
os.mkdir('d/sub'); make('d/file', 'text')
tell(mode_of('d/sub'), os.getxattr('d/sub', 'system.posix_acl_default'), os.getxattr('d/sub', 'system.posix_acl_access'))
tell(mode_of('d/file'), os.getxattr('d/file', 'system.posix_acl_access'), as_user(1234, 1, [], lambda: read('d/file')))
tell(as_user(55, 55, [], lambda: make('d/other')), mode_of('d/other'))
os.removexattr('d', 'system.posix_acl_default'); make('d/masked')
tell(mode_of('d/masked'), attempt(os.setxattr, 'file', 'system.posix_acl_default', default), attempt(os.setxattr, 'file', 'system.posix_acl_access', b'xx'))
make('sgid'); os.chown('sgid', 1234, 2000); os.chmod('sgid', 0o2775)
plain = acl((1, 7, NOBODY), (4, 5, NOBODY), (32, 5, NOBODY))
tell(as_user(1234, 1234, [], lambda: os.setxattr('sgid', 'system.posix_acl_access', plain)), mode_of('sgid'))
`,
  seen: [
    [['0o100660', 0, 0]],
    ['secret', 'EACCES'],
    ['EACCES'],
    [['0o40770', 0, 0]],
    [['0o100660', 0, 0], /./, 'text'],
    [null, ['0o100660', 55, 55]],
    [['0o100600', 0, 0], 'EACCES', 'EINVAL'],
    [null, ['0o100755', 1234, 2000]],
  ],
})

testAsBeneath('a write takes a program its capabilities', {
  passes: true,
  script: `
# VFS_CAP_REVISION_2 with CAP_NET_RAW.
capability = struct.pack('<IIIII', 0x02000001, 1 << 13, 0, 0, 0)
def fresh():
    make('program', 'text'); os.chmod('program', 0o777); os.setxattr('program', 'security.capability', capability)
    return 'security.capability' in os.listxattr('program')
def write():
    with open('program', 'r+') as file: file.write('x')
tell(fresh(), write(), os.listxattr('program'))
tell(fresh(), as_user(1234, 1234, [], write), os.listxattr('program'))
tell(fresh(), os.truncate('program', 1), os.listxattr('program'))
tell(fresh(), os.chown('program', 7, 7), os.listxattr('program'))
tell(fresh(), os.chmod('program', 0o755), os.listxattr('program'))
`,
  seen: [[true, null, []], [true, null, []], [true, null, []], [true, null, []], [true]],
})
