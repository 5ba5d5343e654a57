#include "histogram.h"

// Values below 32 ns have buckets of their own; above, each power of two has 32.
static unsigned bucketOf(uint64_t ns) {
  if (ns < 32) return (unsigned)ns;
  unsigned shift = 58u - (unsigned)__builtin_clzll(ns);
  return (shift + 1) * 32 + (unsigned)(ns >> shift) - 32;
}

static double middleOf(unsigned bucket) {
  if (bucket < 32) return bucket;
  unsigned shift = bucket / 32 - 1;
  return ((double)(bucket % 32 + 32) + 0.5) * (double)(1ull << shift);
}

void histogramAdd(struct histogram* histogram, uint64_t ns) {
  histogram->count += 1;
  histogram->buckets[bucketOf(ns)] += 1;
  if (ns > histogram->longestNs) histogram->longestNs = ns;
}

void histogramMerge(struct histogram* to, const struct histogram* from) {
  to->count += from->count;
  if (from->longestNs > to->longestNs) to->longestNs = from->longestNs;
  for (unsigned i = 0; i < kHistogramBuckets; i++) to->buckets[i] += from->buckets[i];
}

double histogramQuantile(const struct histogram* histogram, double share) {
  double wanted = share * (double)histogram->count;
  uint64_t seen = 0;
  for (unsigned i = 0; i < kHistogramBuckets; i++) {
    seen += histogram->buckets[i];
    if (seen > 0 && (double)seen >= wanted) {
      double middle = middleOf(i);
      return middle < (double)histogram->longestNs ? middle : (double)histogram->longestNs;
    }
  }
  return 0;
}
