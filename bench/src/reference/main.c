// The trivial filesystem in C on libfuse: what a TypeScript filesystem is compared with.
// Usage: reference LOOP THREADS BURN-ROUNDS MOUNTPOINT [-o OPTIONS]
// LOOP is st (fuse_session_loop), mt (fuse_session_loop_mt) or mt-clone (the same, each thread with
// a descriptor of the device of its own); with `-o io_uring` and mt libfuse serves by io_uring.

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "operations.h"

static int serve(struct fuse_session* session, const char* loop, unsigned threads) {
  if (strcmp(loop, "st") == 0) return fuse_session_loop(session);
  struct fuse_loop_config* config = fuse_loop_cfg_create();
  fuse_loop_cfg_set_clone_fd(config, strcmp(loop, "mt-clone") == 0);
  fuse_loop_cfg_set_max_threads(config, threads);
  fuse_loop_cfg_set_idle_threads(config, threads);
  int result = fuse_session_loop_mt(session, config);
  fuse_loop_cfg_destroy(config);
  return result;
}

int main(int count, char** arguments) {
  if (count < 5)
    errx(2, "usage: reference st|mt|mt-clone THREADS BURN-ROUNDS MOUNTPOINT [-o OPTIONS]");
  const char* loop = arguments[1];
  unsigned threads = (unsigned)strtoul(arguments[2], NULL, 10);
  prepareOperations((unsigned)strtoul(arguments[3], NULL, 10));
  const char* mountpoint = arguments[4];
  arguments[4] = arguments[0];
  struct fuse_args options = FUSE_ARGS_INIT(count - 4, arguments + 4);
  struct fuse_session* session = fuse_session_new(&options, &kOperations, sizeof kOperations, NULL);
  if (session == NULL || fuse_set_signal_handlers(session) != 0) return 1;
  if (fuse_session_mount(session, mountpoint) != 0) return 1;
  int result = serve(session, loop, threads);
  fuse_session_unmount(session);
  fuse_remove_signal_handlers(session);
  fuse_session_destroy(session);
  return result == 0 ? 0 : 1;
}
