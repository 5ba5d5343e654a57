// What a client's thread does again and again: one row per action.

#ifndef ACTIONS_H
#define ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct request {
  /** The directory where the filesystem is mounted. */
  const char* directory;
  /** A name in it. */
  const char* file;
  /** Bytes of one read or write. */
  size_t size;
  /** Bytes of the file: positions are taken modulo this. */
  off_t fileSize;
  bool direct;
};

/** One thread of a client. */
struct actor {
  const struct request* request;
  unsigned index;
  int fd;
  off_t position;
  uint64_t random;
  char path[512];
  void* buffer;
};

struct action {
  const char* name;
  /** Opens what `run` uses; not measured. Exits the process when something fails. */
  void (*prepare)(struct actor* actor);
  /** One operation. Exits the process when something fails. */
  void (*run)(struct actor* actor);
};

/** NULL if there is none of that name. */
const struct action* findAction(const char* name);

#endif
