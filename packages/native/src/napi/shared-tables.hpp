// The tables of nodes, open files and directories as JavaScript sees them: NodeTable and
// DirectoryTable of
// @fuseloop/core.

#pragma once

#include <napi.h>

#include <memory>

#include "device/session.hpp"

namespace fuseloop::napi {

Napi::Object nodeTableCalls(Napi::Env env, std::shared_ptr<device::Session> session);
Napi::Object openFileTableCalls(Napi::Env env, std::shared_ptr<device::Session> session);
Napi::Object directoryTableCalls(Napi::Env env, std::shared_ptr<device::Session> session);

}  // namespace fuseloop::napi
