// Waits of one thread for a word that others of its process write (futex(2)).
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace fuseloop::base {

// Returns when the word is not `expected`, when the thread is woken or gets a signal, or for no
// reason.
inline void futexWait(const uint32_t* word, uint32_t expected) noexcept {
  ::syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

inline void futexWakeOne(const uint32_t* word) noexcept {
  ::syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace fuseloop::base
