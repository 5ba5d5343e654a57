#include "nodes.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char* name;
  uint64_t nodeid;
} kNames[] = {
    {"data", kData},     {"block1ms", kBlock}, {"await1ms", kAwait},
    {"cpu100us", kBurn}, {"stuck", kStuck},    {"many", kMany},
};

static const off_t kFileSize = 256l << 20;
static atomic_bool created[kCreatedCount];

/** The number behind a prefix, below `limit`; -1 for any other name. */
static long numberBehind(const char* prefix, const char* name, long limit) {
  size_t length = strlen(prefix);
  if (strncmp(name, prefix, length) != 0 || name[length] == '\0') return -1;
  char* end;
  long number = strtol(name + length, &end, 10);
  return *end == '\0' && number >= 0 && number < limit ? number : -1;
}

int createdIndex(const char* name) { return (int)numberBehind("new-", name, kCreatedCount); }

void setCreated(int index, bool exists) { atomic_store(&created[index], exists); }

uint64_t findNode(uint64_t parent, const char* name) {
  if (parent == kMany) {
    long index = numberBehind("entry-", name, kEntryCount);
    return index < 0 ? 0 : (uint64_t)(kEntry + index);
  }
  for (size_t i = 0; i < sizeof kNames / sizeof kNames[0]; i++)
    if (strcmp(kNames[i].name, name) == 0) return kNames[i].nodeid;
  int index = createdIndex(name);
  return index >= 0 && atomic_load(&created[index]) ? (uint64_t)(kCreated + index) : 0;
}

void describeNode(uint64_t nodeid, struct stat* status) {
  memset(status, 0, sizeof *status);
  status->st_ino = nodeid;
  status->st_blksize = 4096;
  bool isDirectory = nodeid == kRoot || nodeid == kMany;
  status->st_mode = isDirectory ? S_IFDIR | 0755 : S_IFREG | 0644;
  status->st_nlink = isDirectory ? 2 : 1;
  if (!isDirectory && nodeid < kCreated) {
    status->st_size = kFileSize;
    status->st_blocks = kFileSize / 512;
  }
}

void nameEntry(unsigned index, char* name, size_t size) {
  snprintf(name, size, "entry-%05u", index);
}
