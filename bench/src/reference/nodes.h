// The trivial filesystem's tree, the same as that of ../filesystems/tree.ts: what names and nodeids
// there are.

#ifndef NODES_H
#define NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
  kRoot = 1,
  kData,
  kBlock,
  kAwait,
  kBurn,
  kStuck,
  kMany,
  kCreated = 1000,
  kCreatedCount = 64,
  kEntry = 100000,
  kEntryCount = 10000,
};

/** The nodeid of `name` in `parent`, 0 if there is none. */
uint64_t findNode(uint64_t parent, const char* name);

/** Which of the files `new-0` to `new-63` a name of the root is, -1 if none of them. */
int createdIndex(const char* name);

/** Whether a file that clients may make is there. */
void setCreated(int index, bool exists);

void describeNode(uint64_t nodeid, struct stat* status);

/** Writes the name of an entry of `many`, counted from 0. */
void nameEntry(unsigned index, char* name, size_t size);

#endif
