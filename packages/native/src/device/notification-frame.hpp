// The form of notifications, which the kernel checks before it looks at their meaning
// (fs/fuse/dev.c fuse_notify() and what it calls).

#pragma once

#include <cstdint>
#include <span>

namespace fuseloop::device {

constexpr int32_t kNotifyPoll = 1;
constexpr int32_t kNotifyInvalInode = 2;
constexpr int32_t kNotifyInvalEntry = 3;
constexpr int32_t kNotifyStore = 4;
constexpr int32_t kNotifyRetrieve = 5;
constexpr int32_t kNotifyDelete = 6;
constexpr int32_t kNotifyResend = 7;
constexpr int32_t kNotifyIncEpoch = 8;
constexpr int32_t kNotifyPrune = 9;

/** 0, or the negative errno with which the kernel refuses a notification of this form. */
int checkNotification(int32_t code, std::span<const uint8_t> body);

}  // namespace fuseloop::device
