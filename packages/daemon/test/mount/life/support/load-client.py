# One client of a mount under load: load-client.py KIND NUMBER MOUNT REPORTS
# Works until SIGTERM or the first error that ends it; prints what it has seen as JSON. REPORTS, outside the mount, gets
# its progress, and from a writer each record that was acknowledged: written and synced.
import errno, json, os, signal, sys

kind, number, mount, reports = sys.argv[1:5]
goes_on = True
errors = {}
wrong = []
# The end of a mount: nothing will work again. Anything else may pass.
LAST = {errno.ENOTCONN, errno.ECONNABORTED, errno.ENODEV, errno.ESHUTDOWN}
RECORD = 16
SHARED = bytes(range(256)) * 512

def stop(*_):
    global goes_on
    goes_on = False

signal.signal(signal.SIGTERM, stop)

def path(name):
    return os.path.join(mount, name)

def read_all(name):
    with open(path(name), 'rb', buffering=0) as file:
        parts = []
        while part := file.read(65536):
            parts.append(part)
        return b''.join(parts)

class Reader:
    """Reads one file that never changes."""
    def turn(self, _):
        if read_all('shared') != SHARED:
            wrong.append('the shared file read otherwise')

class Writer:
    """Appends numbered records and syncs each; a record whose write failed may be there or not."""
    def __init__(self):
        self.file = os.open(path(f'records-{number}'), os.O_WRONLY | os.O_CREAT, 0o644)
        self.acknowledged = open(os.path.join(reports, f'acknowledged-{number}'), 'w', buffering=1)
    def turn(self, round):
        record = f'{round:0{RECORD - 1}d}\n'.encode()
        if os.pwrite(self.file, record, round * RECORD) != RECORD:
            wrong.append(f'record {round} was written in part')
        os.fsync(self.file)
        self.acknowledged.write(f'{round}\n')

class Renamer:
    """Moves a file to and fro; it must be under one of its names, with its content."""
    def __init__(self):
        self.names = [f'here-{number}', f'there-{number}']
        with open(path(self.names[0]), 'w') as file:
            file.write(number)
    def turn(self, round):
        source, target = (self.names if round % 2 == 0 else self.names[::-1])
        if not os.path.lexists(path(source)):
            source, target = target, source
        os.rename(path(source), path(target))
        if read_all(target) != number.encode():
            wrong.append(f'{target} read otherwise')

def attempt(work, *args):
    """Whether to go on."""
    try:
        work(*args)
        return True
    except OSError as error:
        name = errno.errorcode.get(error.errno, str(error.errno))
        errors[name] = errors.get(name, 0) + 1
        return error.errno not in LAST

progress = os.open(os.path.join(reports, f'progress-{number}'), os.O_WRONLY | os.O_CREAT)
worker = None
def start():
    global worker
    worker = {'reader': Reader, 'writer': Writer, 'renamer': Renamer}[kind]()

rounds = 0
works = True
while goes_on and works:
    if worker is None:
        works = attempt(start)
        continue
    works = attempt(worker.turn, rounds)
    rounds += 1
    os.pwrite(progress, b'%d' % rounds, 0)
print(json.dumps({'kind': kind, 'rounds': rounds, 'errors': errors, 'wrong': wrong}), flush=True)
# Closing fails where the mount is gone, and that is no news.
os._exit(0)
