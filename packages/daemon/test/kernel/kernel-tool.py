"""What Node.js has no call for: mount(2), poll(2) and ioctl(2) on an inherited /dev/fuse, and clients of a mount.

Descriptor 3 is the device handle, 4 the one to clone. Clients are forked one per call, so that they can be
signalled; none but they touches the mount.
"""

import ctypes
import errno
import fcntl
import json
import os
import select
import signal
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
IOCTL_CLONE = 0x8004E500
MNT_DETACH = 2
UMOUNT_NOFOLLOW = 8
STATX_SYSCALL = {"x86_64": 332, "aarch64": 291}


def checked(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def name_of(error):
    return errno.errorcode.get(error.errno, f"E{error.errno}")


def poll_flags(fd, timeout_ms=0):
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLOUT)
    bits = dict(poll.poll(timeout_ms)).get(fd, 0)
    names = {"ERR": select.POLLERR, "HUP": select.POLLHUP, "IN": select.POLLIN, "OUT": select.POLLOUT}
    return [name for name, bit in names.items() if bits & bit]


def mount(path, options):
    checked(LIBC.mount(b"kernel-cases", path.encode(), b"fuse", 6, options.encode()))


def unmount(path):
    checked(LIBC.umount2(path.encode(), MNT_DETACH | UMOUNT_NOFOLLOW))


def clone():
    fcntl.ioctl(3, IOCTL_CLONE, struct.pack("I", 4))


def ioctl(number):
    fcntl.ioctl(3, int(number))


COMMANDS = {
    "mount": mount,
    "unmount": unmount,
    "clone": clone,
    "ioctl": ioctl,
    "poll": lambda: poll_flags(3),
}


class Client:
    """One process of its own: the steps of a call, then a wait for the end, so that it closes nothing."""

    def __init__(self, base):
        self.base = base.encode()
        self.fd = -1

    def path(self, name):
        return self.base + b"/" + name.encode() if name else self.base

    def wait(self):
        signal.sigwait({signal.SIGUSR2})

    def stat(self, name):
        os.lstat(self.path(name))

    def size(self, name):
        return os.lstat(self.path(name)).st_size

    def open(self, name, flags):
        self.fd = os.open(self.path(name), flags, 0o644)

    def close(self):
        checked(LIBC.close(self.fd))

    def tmpfile(self):
        self.fd = os.open(self.path(""), os.O_TMPFILE | os.O_RDWR, 0o600)

    def fstat(self):
        os.fstat(self.fd)

    def read(self, count):
        data = ctypes.create_string_buffer(count)
        # Not os.read(): it would try again after EINTR.
        length = checked(LIBC.read(self.fd, data, ctypes.c_size_t(count)))
        return data.raw[:length].decode("latin1")

    def write(self, text):
        data = text.encode()
        return checked(LIBC.write(self.fd, data, ctypes.c_size_t(len(data))))

    def seek(self, offset, whence):
        return os.lseek(self.fd, offset, whence)

    def fsync(self):
        os.fsync(self.fd)

    def fallocate(self, length):
        checked(LIBC.fallocate(self.fd, 0, ctypes.c_long(0), ctypes.c_long(length)))

    def copy(self, length):
        target = os.open(self.path("file"), os.O_RDWR)
        return os.copy_file_range(self.fd, target, length, 0, 0)

    def ioctl(self, number, length):
        data = bytearray(length)
        return fcntl.ioctl(self.fd, number, data) if length else fcntl.ioctl(self.fd, number)

    def lock(self):
        fcntl.lockf(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)

    def lockw(self):
        fcntl.lockf(self.fd, fcntl.LOCK_EX, 1)

    def getlock(self):
        lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0)
        return struct.unpack("hhqqi4x", fcntl.fcntl(self.fd, fcntl.F_GETLK, lock))[0]

    def poll(self):
        return ",".join(poll_flags(self.fd))

    def list(self):
        data = ctypes.create_string_buffer(4096)
        return checked(LIBC.getdents64(self.fd, data, ctypes.c_size_t(4096))) > 0

    def mkdir(self, name):
        os.mkdir(self.path(name))

    def mknod(self, name, mode):
        os.mknod(self.path(name), mode)

    def rmdir(self, name):
        os.rmdir(self.path(name))

    def unlink(self, name):
        os.unlink(self.path(name))

    def rename(self, old, new):
        os.rename(self.path(old), self.path(new))

    def rename2(self, old, new, flags):
        checked(LIBC.renameat2(-100, self.path(old), -100, self.path(new), flags))

    def link(self, old, new):
        os.link(self.path(old), self.path(new))

    def symlink(self, target, name):
        os.symlink(target.encode(), self.path(name))

    def readlink(self, name):
        return len(os.readlink(self.path(name)))

    def truncate(self, name, size):
        os.truncate(self.path(name), size)

    def chmod(self, name, mode):
        os.chmod(self.path(name), mode)

    def access(self, name, mask):
        code = ctypes.c_int(LIBC.access(self.path(name), mask)).value
        checked(code)

    def statfs(self):
        os.statvfs(self.path(""))

    def statx(self, name):
        data = ctypes.create_string_buffer(256)
        number = STATX_SYSCALL[os.uname().machine]
        checked(LIBC.syscall(number, -100, self.path(name), 0x100, 0xFFF, data))

    def getxattr(self, name, attribute, size):
        data = ctypes.create_string_buffer(size) if size else None
        names = (self.path(name), attribute.encode())
        return checked(LIBC.getxattr(*names, data, ctypes.c_size_t(size)))

    def listxattr(self, name, size):
        data = ctypes.create_string_buffer(size) if size else None
        return checked(LIBC.listxattr(self.path(name), data, ctypes.c_size_t(size)))

    def setxattr(self, name, attribute, length):
        os.setxattr(self.path(name), attribute.encode(), b"x" * length)

    def fsetxattr(self, attribute, length):
        os.setxattr(self.fd, attribute.encode(), b"x" * length)

    def removexattr(self, name, attribute):
        os.removexattr(self.path(name), attribute.encode())


def report(event):
    os.write(1, (json.dumps(event) + "\n").encode())


def run_client(base, call, steps):
    signal.signal(signal.SIGUSR1, lambda *_: None)
    client = Client(base)
    for name, *arguments in steps:
        try:
            value = getattr(client, name)(*arguments)
            outcome = "ok" if value is None else value
        except OSError as error:
            outcome = name_of(error)
        report({"call": call, "outcome": outcome})
    while True:
        signal.pause()


def serve_clients(base):
    ended, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    calls = {}
    lines = b""
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, 64)
            report_ended(calls)
        if 0 not in ready:
            continue
        piece = os.read(0, 65536)
        if not piece:
            break
        *complete, lines = (lines + piece).split(b"\n")
        for line in complete:
            call = json.loads(line)
            if "signal" in call:
                for pid in [pid for pid, number in calls.items() if number == call["call"]]:
                    os.kill(pid, getattr(signal, call["signal"]))
                continue
            # Whoever is told to go on before it waits is told all the same.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                run_client(base, call["call"], call["steps"])
            calls[pid] = call["call"]
            report({"call": call["call"], "pid": pid})
    for pid in calls:
        os.kill(pid, signal.SIGKILL)


def report_ended(calls):
    for pid in list(calls):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            report({"call": calls.pop(pid), "ended": True})


if sys.argv[1] == "clients":
    serve_clients(sys.argv[2])
else:
    try:
        print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:]) or "ok"))
    except OSError as failure:
        print(json.dumps(name_of(failure)))
