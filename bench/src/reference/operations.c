#define _GNU_SOURCE
#include "operations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nodes.h"

enum { kPatternSize = 1 << 20, kListingSize = 1 << 17 };

static char* pattern;
static unsigned burnRounds;

void prepareOperations(unsigned rounds) {
  burnRounds = rounds;
  // Twice as long as needed, so that a read that begins anywhere in the first half finds all its
  // bytes in a row.
  pattern = malloc(2 * kPatternSize);
  if (pattern == NULL) abort();
  for (unsigned i = 0; i < 2 * kPatternSize; i++) pattern[i] = (char)(i * 7);
}

static void sleepMs(long ms) {
  struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&time, &time) != 0) continue;
}

/** The same arithmetic as ../filesystems/burn-cpu.ts, as often. */
static void burnCpu(void) {
  uint32_t x = 2463534242u;
  for (unsigned i = 0; i < burnRounds; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
  }
  // The result is wanted, as far as the compiler can tell.
  __asm__ volatile("" : : "r"(x));
}

/** Sizes as fuseloop asks for them; replies by plain writes, as a TypeScript handler's. */
static void init(void* data, struct fuse_conn_info* connection) {
  (void)data;
  connection->max_write = 1 << 20;
  connection->max_background = 64;
  connection->congestion_threshold = 48;
}

static void lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  struct fuse_entry_param entry = {.ino = findNode(parent, name)};
  if (entry.ino == 0) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  describeNode(entry.ino, &entry.attr);
  fuse_reply_entry(request, &entry);
}

static void getattr(fuse_req_t request, fuse_ino_t node, struct fuse_file_info* file) {
  (void)file;
  struct stat status;
  describeNode(node, &status);
  fuse_reply_attr(request, &status, 0);
}

static void openFile(fuse_req_t request, fuse_ino_t node, struct fuse_file_info* file) {
  (void)node;
  file->direct_io = 1;
  fuse_reply_open(request, file);
}

static void readFile(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset,
                     struct fuse_file_info* file) {
  (void)file;
  if (node == kBlock || node == kAwait) sleepMs(1);
  if (node == kStuck) sleepMs(2000);
  if (node == kBurn) burnCpu();
  fuse_reply_buf(request, pattern + offset % kPatternSize,
                 size < kPatternSize ? size : kPatternSize);
}

static void writeFile(fuse_req_t request, fuse_ino_t node, const char* data, size_t size,
                      off_t offset, struct fuse_file_info* file) {
  (void)node, (void)data, (void)offset, (void)file;
  fuse_reply_write(request, size);
}

static void create(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode,
                   struct fuse_file_info* file) {
  (void)mode;
  int index = parent == kRoot ? createdIndex(name) : -1;
  if (index < 0) {
    fuse_reply_err(request, EACCES);
    return;
  }
  setCreated(index, true);
  struct fuse_entry_param entry = {.ino = (fuse_ino_t)(kCreated + index)};
  describeNode(entry.ino, &entry.attr);
  file->direct_io = 1;
  fuse_reply_create(request, &entry, file);
}

static void unlinkFile(fuse_req_t request, fuse_ino_t parent, const char* name) {
  int index = parent == kRoot ? createdIndex(name) : -1;
  if (index < 0) {
    fuse_reply_err(request, EACCES);
    return;
  }
  setCreated(index, false);
  fuse_reply_err(request, 0);
}

/** Only `many` has a listing. `offset` counts entries. */
static void readDirectory(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset,
                          struct fuse_file_info* file) {
  (void)file;
  char listing[kListingSize];
  if (size > sizeof listing) size = sizeof listing;
  size_t used = 0;
  for (off_t i = offset; node == kMany && i < kEntryCount; i++) {
    char name[32];
    struct stat status = {.st_ino = (ino_t)(kEntry + i), .st_mode = S_IFREG};
    nameEntry((unsigned)i, name, sizeof name);
    size_t length = fuse_add_direntry(request, listing + used, size - used, name, &status, i + 1);
    if (length > size - used) break;
    used += length;
  }
  fuse_reply_buf(request, listing, used);
}

const struct fuse_lowlevel_ops kOperations = {
    .init = init,
    .lookup = lookup,
    .getattr = getattr,
    .open = openFile,
    .read = readFile,
    .write = writeFile,
    .create = create,
    .unlink = unlinkFile,
    .readdir = readDirectory,
};
