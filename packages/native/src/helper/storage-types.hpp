// The file systems a user's mount may cover: those that hold files for users.
// It names what is allowed, as procfs and its like have places a user can write to, which others
// believe.
#pragma once

#include <linux/magic.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace fuseloop::helper {

// Numbers without a name in linux/magic.h are from the file system's own header.
inline constexpr auto kStorageTypes = std::to_array<std::uint64_t>({
    AFS_FS_MAGIC,
    AFS_SUPER_MAGIC,
    AUTOFS_SUPER_MAGIC,
    BTRFS_SUPER_MAGIC,
    ECRYPTFS_SUPER_MAGIC,
    EXT4_SUPER_MAGIC,
    F2FS_SUPER_MAGIC,
    ISOFS_SUPER_MAGIC,
    JFFS2_SUPER_MAGIC,
    MSDOS_SUPER_MAGIC,
    NFS_SUPER_MAGIC,
    NILFS_SUPER_MAGIC,
    OVERLAYFS_SUPER_MAGIC,
    RAMFS_MAGIC,
    REISERFS_SUPER_MAGIC,
    SQUASHFS_MAGIC,
    TMPFS_MAGIC,
    V9FS_MAGIC,
    XFS_SUPER_MAGIC,
    0x61756673,  // aufs
    0xCA451A4E,  // bcachefs
    0x00C36400,  // ceph
    0xFF534D42,  // cifs
    0x2011BAB0,  // exfat
    0x65735546,  // fuse
    0x01161970,  // gfs2
    0x47504653,  // gpfs
    0x0000482B,  // hfsplus
    0x3153464A,  // jfs
    0x0BD00BD0,  // lustre
    0x5346544E,  // ntfs
    0x7366746E,  // ntfs3
    0xFE534D42,  // smb2
    0x24051905,  // ubifs
    0x2FC12FC1,  // zfs
});

[[nodiscard]] inline bool mayBeCovered(std::uint64_t type) {
  // f_type is signed and as wide as a long: the kernel's 32 bits may come with a sign before them.
  const std::uint64_t number = type & 0xFFFFFFFF;
  return std::ranges::find(kStorageTypes, number) != kStorageTypes.end();
}

}  // namespace fuseloop::helper
