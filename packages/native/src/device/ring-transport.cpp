#include "device/ring-transport.hpp"

#include "base/monotonic-clock.hpp"

namespace fuseloop::device {

bool RingTransport::linger(uint32_t worker) {
  return base::monotonicNanoseconds() < until_[worker] && bells_.waitOnWord(worker);
}

}  // namespace fuseloop::device
