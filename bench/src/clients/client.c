// Threads that do one action on a mounted filesystem, again and again, for a time; prints what came
// of it as JSON. Operations that begin after the warm-up and before the end count. The daemon's CPU
// time is read by this process, at the beginning and the end of just that time.

#define _GNU_SOURCE
#include <err.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "actions.h"
#include "histogram.h"
#include "usage.h"

struct options {
  struct request request;
  const struct action* action;
  unsigned threads;
  double warmupSeconds;
  double seconds;
  pid_t daemon;
  int cpu;
  bool once;
};

struct thread {
  pthread_t id;
  const struct options* options;
  struct actor actor;
  struct histogram histogram;
  uint64_t firstNs;
  uint64_t lastNs;
};

static pthread_barrier_t ready;
static uint64_t beginNs;
static uint64_t endNs;

static uint64_t nowNs(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static void* act(void* argument) {
  struct thread* thread = argument;
  const struct action* action = thread->options->action;
  action->prepare(&thread->actor);
  pthread_barrier_wait(&ready);
  pthread_barrier_wait(&ready);
  uint64_t before = nowNs();
  do {
    action->run(&thread->actor);
    uint64_t after = nowNs();
    if (before >= beginNs) {
      if (thread->histogram.count == 0) thread->firstNs = before;
      histogramAdd(&thread->histogram, after - before);
      thread->lastNs = after;
    }
    before = after;
  } while (!thread->options->once && (before < endNs || thread->histogram.count == 0));
  return NULL;
}

static void sleepUntil(uint64_t ns) {
  struct timespec time = {(time_t)(ns / 1000000000ull), (long)(ns % 1000000000ull)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0) continue;
}

static void start(const struct options* options, struct thread* threads) {
  pthread_barrier_init(&ready, NULL, options->threads + 1);
  for (unsigned i = 0; i < options->threads; i++) {
    threads[i].options = options;
    threads[i].actor.request = &options->request;
    threads[i].actor.index = i;
    threads[i].actor.random = 0x9e3779b97f4a7c15ull * (i + 1);
    if (pthread_create(&threads[i].id, NULL, act, &threads[i])) errx(1, "no thread");
  }
  pthread_barrier_wait(&ready);
  // Who waits for what comes now may be told by what the kernel waits for.
  if (options->once) fputs("prepared\n", stderr);
  beginNs = nowNs() + (uint64_t)(options->warmupSeconds * 1e9);
  endNs = beginNs + (uint64_t)(options->seconds * 1e9);
  pthread_barrier_wait(&ready);
}

static void report(const struct options* options, const struct thread* threads,
                   const struct usage* from, const struct usage* to, double wallUs) {
  struct histogram all = {0};
  uint64_t first = UINT64_MAX;
  uint64_t last = 0;
  for (unsigned i = 0; i < options->threads; i++) {
    histogramMerge(&all, &threads[i].histogram);
    if (threads[i].firstNs < first) first = threads[i].firstNs;
    if (threads[i].lastNs > last) last = threads[i].lastNs;
  }
  printf("{\"operations\":%llu,\"seconds\":%.6f,\"p50Us\":%.3f,\"p99Us\":%.3f,",
         (unsigned long long)all.count, (double)(last - first) / 1e9,
         histogramQuantile(&all, 0.5) / 1e3, histogramQuantile(&all, 0.99) / 1e3);
  printf("\"daemonCpuUs\":%.0f,\"clientCpuUs\":%.0f,\"machineCpuUs\":%.0f,\"wallUs\":%.0f,",
         to->daemonUs - from->daemonUs, to->ownUs - from->ownUs, to->machineUs - from->machineUs,
         wallUs);
  printf("\"longestUs\":[");
  for (unsigned i = 0; i < options->threads; i++)
    printf("%s%.1f", i > 0 ? "," : "", (double)threads[i].histogram.longestNs / 1e3);
  printf("]}\n");
}

static void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((size_t)cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set)) err(1, "CPU %d", cpu);
}

static const struct option kOptions[] = {
    {"action", required_argument, NULL, 'a'},
    {"directory", required_argument, NULL, 'd'},
    {"file", required_argument, NULL, 'f'},
    {"size", required_argument, NULL, 's'},
    {"threads", required_argument, NULL, 't'},
    {"warmup", required_argument, NULL, 'w'},
    {"seconds", required_argument, NULL, 'e'},
    {"daemon", required_argument, NULL, 'p'},
    {"cpu", required_argument, NULL, 'c'},
    {"file-size", required_argument, NULL, 'z'},
    {"direct", no_argument, NULL, 'D'},
    {"once", no_argument, NULL, 'o'},
    {NULL, 0, NULL, 0},
};

static void readOption(struct options* options, int option) {
  switch (option) {
    case 'a':
      options->action = findAction(optarg);
      break;
    case 'd':
      options->request.directory = optarg;
      break;
    case 'f':
      options->request.file = optarg;
      break;
    case 's':
      options->request.size = strtoull(optarg, NULL, 10);
      break;
    case 't':
      options->threads = (unsigned)strtoul(optarg, NULL, 10);
      break;
    case 'w':
      options->warmupSeconds = strtod(optarg, NULL);
      break;
    case 'e':
      options->seconds = strtod(optarg, NULL);
      break;
    case 'p':
      options->daemon = (pid_t)strtol(optarg, NULL, 10);
      break;
    case 'c':
      options->cpu = (int)strtol(optarg, NULL, 10);
      break;
    case 'z':
      options->request.fileSize = strtoll(optarg, NULL, 10);
      break;
    case 'D':
      options->request.direct = true;
      break;
    case 'o':
      options->once = true;
      break;
    default:
      exit(2);
  }
}

static struct options readOptions(int count, char** arguments) {
  struct options options = {
      .request = {.file = "data", .size = 4096, .fileSize = 1 << 20}, .threads = 1, .cpu = -1};
  int option;
  while ((option = getopt_long(count, arguments, "", kOptions, NULL)) != -1)
    readOption(&options, option);
  if (options.action == NULL) errx(2, "--action is missing or unknown");
  if (options.request.directory == NULL) errx(2, "--directory is missing");
  if (options.threads < 1 || options.request.size < 1) errx(2, "--threads and --size are from 1");
  return options;
}

int main(int count, char** arguments) {
  struct options options = readOptions(count, arguments);
  if (options.cpu >= 0) pin(options.cpu);
  struct thread* threads = calloc(options.threads, sizeof *threads);
  if (threads == NULL) errx(1, "no memory");
  start(&options, threads);
  sleepUntil(beginNs);
  struct usage from = readUsage(options.daemon);
  uint64_t startedNs = nowNs();
  if (!options.once) sleepUntil(endNs);
  struct usage to = readUsage(options.daemon);
  double wallUs = (double)(nowNs() - startedNs) / 1e3;
  for (unsigned i = 0; i < options.threads; i++) pthread_join(threads[i].id, NULL);
  report(&options, threads, &from, &to, wallUs);
  free(threads);
  return 0;
}
