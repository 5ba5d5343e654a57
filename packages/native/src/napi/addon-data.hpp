// What the addon keeps per JavaScript environment (main thread or worker); dropped at the
// environment's end.

#pragma once

#include <napi.h>

#include <memory>
#include <vector>

namespace fuseloop::napi {

class AddonData {
 public:
  /** Keeps something alive until the environment ends. */
  void keep(std::shared_ptr<void> thing) { kept_.push_back(std::move(thing)); }

 private:
  std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace fuseloop::napi
