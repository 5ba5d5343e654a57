#define _GNU_SOURCE
#include "actions.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void setPath(struct actor* actor) {
  snprintf(actor->path, sizeof actor->path, "%s/%s", actor->request->directory,
           actor->request->file);
}

static void setBuffer(struct actor* actor) {
  size_t size = actor->request->size;
  if (posix_memalign(&actor->buffer, 4096, size < 4096 ? 4096 : size)) errx(1, "no memory");
  memset(actor->buffer, 0x5a, size);
}

static int openFile(const struct actor* actor, int flags) {
  int fd = open(actor->path, flags | O_CLOEXEC | (actor->request->direct ? O_DIRECT : 0), 0644);
  if (fd < 0) err(1, "opening %s", actor->path);
  return fd;
}

static void prepareStat(struct actor* actor) { setPath(actor); }

static void prepareOpen(struct actor* actor) {
  setPath(actor);
  setBuffer(actor);
}

static void prepareRead(struct actor* actor) {
  prepareOpen(actor);
  actor->fd = openFile(actor, O_RDONLY);
}

static void prepareWrite(struct actor* actor) {
  prepareOpen(actor);
  actor->fd = openFile(actor, O_WRONLY);
}

/** A name of this thread's own: `new-INDEX`. */
static void prepareCreate(struct actor* actor) {
  snprintf(actor->path, sizeof actor->path, "%s/new-%u", actor->request->directory, actor->index);
  if (unlink(actor->path) && errno != ENOENT) err(1, "removing %s", actor->path);
  setBuffer(actor);
}

static void runFstat(struct actor* actor) {
  struct stat status;
  if (fstat(actor->fd, &status)) err(1, "fstat of %s", actor->path);
}

static void runStat(struct actor* actor) {
  struct stat status;
  if (stat(actor->path, &status)) err(1, "stat of %s", actor->path);
}

static void readAt(struct actor* actor, int fd, off_t position) {
  ssize_t count = pread(fd, actor->buffer, actor->request->size, position);
  if (count < 0) err(1, "reading %s", actor->path);
  if ((size_t)count != actor->request->size) errx(1, "reading %s: %zd bytes", actor->path, count);
}

static void runOpen(struct actor* actor) {
  int fd = openFile(actor, O_RDONLY);
  readAt(actor, fd, 0);
  close(fd);
}

/** Positions follow xorshift64: neither read-ahead nor another thread has been there. */
static void runReadRandom(struct actor* actor) {
  uint64_t x = actor->random;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  actor->random = x;
  off_t size = (off_t)actor->request->size;
  readAt(actor, actor->fd, (off_t)(x % (uint64_t)(actor->request->fileSize / size)) * size);
}

static off_t nextPosition(struct actor* actor) {
  off_t size = (off_t)actor->request->size;
  off_t position = actor->position;
  actor->position = position + 2 * size > actor->request->fileSize ? 0 : position + size;
  return position;
}

static void runReadNext(struct actor* actor) { readAt(actor, actor->fd, nextPosition(actor)); }

static void writeAt(struct actor* actor, int fd, off_t position) {
  ssize_t count = pwrite(fd, actor->buffer, actor->request->size, position);
  if (count < 0) err(1, "writing %s", actor->path);
  if ((size_t)count != actor->request->size) errx(1, "writing %s: %zd bytes", actor->path, count);
}

static void runWriteNext(struct actor* actor) { writeAt(actor, actor->fd, nextPosition(actor)); }

static void runCreate(struct actor* actor) {
  int fd = openFile(actor, O_WRONLY | O_CREAT);
  writeAt(actor, fd, 0);
  if (close(fd)) err(1, "closing %s", actor->path);
  if (unlink(actor->path)) err(1, "removing %s", actor->path);
}

static void runIdle(struct actor* actor) {
  (void)actor;
  sleep(1);
}

/** As `ls -l` does: every name, and the attributes of each. */
static void runList(struct actor* actor) {
  DIR* directory = opendir(actor->path);
  if (directory == NULL) err(1, "opening %s", actor->path);
  struct dirent* entry;
  while ((entry = readdir(directory)) != NULL) {
    struct stat status;
    if (fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW))
      err(1, "stat of %s/%s", actor->path, entry->d_name);
  }
  closedir(directory);
}

static const struct action kActions[] = {
    {"fstat", prepareRead, runFstat},
    {"stat", prepareStat, runStat},
    {"open", prepareOpen, runOpen},
    {"read-random", prepareRead, runReadRandom},
    {"read-sequential", prepareRead, runReadNext},
    {"write-sequential", prepareWrite, runWriteNext},
    {"create", prepareCreate, runCreate},
    {"list", prepareStat, runList},
    {"idle", prepareStat, runIdle},
};

const struct action* findAction(const char* name) {
  for (size_t i = 0; i < sizeof kActions / sizeof kActions[0]; i++)
    if (strcmp(kActions[i].name, name) == 0) return &kActions[i];
  return NULL;
}
