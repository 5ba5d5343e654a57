// What a process inherits from whoever started it, and a privileged one must not take as it is:
// descriptors, environment, signals.
#pragma once

#include <optional>
#include <string>

#include "base/unique-fd.hpp"

namespace fuseloop::helper {

// Opens /dev/null for those of stdin, stdout and stderr that are closed, so that no device or
// socket of ours gets such a number and then a message. Call it before anything is opened.
void completeStandardStreams();

// The value of _FUSE_COMMFD; then the environment is emptied.
[[nodiscard]] std::optional<std::string> takeEnvironment();

// The descriptor of this number, now under one above the standard streams. Throws Refusal when it
// is no number or not open.
[[nodiscard]] base::UniqueFd adoptDescriptor(const std::string& number);

// Closes all but the standard streams and `kept`.
void closeOthers(const base::UniqueFd& kept);

// For a helper that stays: own session, nothing open but `kept`, no directory in use, deaf to
// signals (SIGKILL is left to the user).
void becomeWatcher();

}  // namespace fuseloop::helper
