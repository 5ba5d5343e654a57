// Latencies of one thread, counted in buckets that are 1/32 of their value wide.

#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { kHistogramBuckets = 64 * 32 };

struct histogram {
  uint64_t count;
  uint64_t longestNs;
  uint64_t buckets[kHistogramBuckets];
};

void histogramAdd(struct histogram* histogram, uint64_t ns);

/** Adds all that `from` has counted to `to`. */
void histogramMerge(struct histogram* to, const struct histogram* from);

/** The middle of the bucket below which `share` (0 to 1) of all lies, in nanoseconds; 0 if nothing
 * was counted. */
double histogramQuantile(const struct histogram* histogram, double share);

#endif
