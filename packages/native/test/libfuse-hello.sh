#!/bin/sh
# libfuse's example `hello`, run by a user, mounts and unmounts through the helper that stands in the place of
# fusermount3. Run by root in a mount namespace of its own: libfuse-hello.sh HELPER HELLO
set -eu
user=65534

as_user() { setpriv --reuid "$user" --regid "$user" --clear-groups "$@"; }
mounted() { grep -q " $yard/mnt " /proc/self/mountinfo; }
# until CONDITION: for 100 s.
until_true() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 2000 ] || { echo "not in time: $*"; exit 1; }
    sleep 0.05
  done
}
gone() { ! mounted; }
serve() {
  setpriv --reuid "$user" --regid "$user" --clear-groups "$2" -f -o "fsname=a\\,b,subtype=hello$1" "$yard/mnt" &
  daemon=$!
  until_true mounted
}

mount --make-rprivate /
yard=$(mktemp -d)
trap 'umount -l "$yard"; rmdir "$yard"' EXIT
# A file system of its own, as /tmp may be mounted nosuid.
mount -t tmpfs -o mode=755 yard "$yard"
cp "$1" "$yard/helper" && chmod 4755 "$yard/helper"
cp "$2" "$yard/hello" && chmod 755 "$yard/hello"
mknod "$yard/device" c 10 229 && chmod 666 "$yard/device"
mount --bind "$yard/device" /dev/fuse
mount --bind "$yard/helper" "$(command -v fusermount3)"
mkdir "$yard/mnt" && chown "$user" "$yard/mnt"

fusermount3 -V
serve '' "$yard/hello"
grep " $yard/mnt " /proc/self/mountinfo | sed 's/.* - //'
as_user cat "$yard/mnt/hello"
as_user fusermount3 -u "$yard/mnt"
wait "$daemon" && echo 'hello ended'
mounted && exit 1

serve ,auto_unmount "$yard/hello"
kill -KILL "$daemon"
until_true gone
echo 'auto_unmount unmounted'
