#include "napi/session-reports.hpp"

#include "base/log-line.hpp"

namespace fuseloop::napi {

std::vector<LostPath> pathsOf(device::Session& session, const std::vector<device::LostFile>& lost) {
  std::vector<LostPath> paths;
  for (const device::LostFile& file : lost)
    paths.push_back({session.nodes().path(file.nodeid), file.error});
  return paths;
}

Napi::Array lostFiles(Napi::Env env, const std::vector<LostPath>& paths) {
  Napi::Array files = Napi::Array::New(env, paths.size());
  for (uint32_t index = 0; index < paths.size(); ++index) {
    const auto& [path, error] = paths[index];
    Napi::Object file = Napi::Object::New(env);
    if (path) file.Set("path", Napi::Buffer<char>::Copy(env, path->data(), path->size()));
    file.Set("errno", Napi::Number::New(env, error));
    files.Set(index, file);
  }
  return files;
}

void logPassed(const std::vector<std::string>& names, const std::string& prefix,
               const device::PassedDeadline& passed) {
  const std::string name = passed.opcode < names.size() ? names[passed.opcode]
                                                        : "opcode " + std::to_string(passed.opcode);
  const std::string where = passed.worker
                                ? "worker " + std::to_string(*passed.worker) + " is still at work"
                                : "it was not begun";
  base::writeLogLine(prefix + name + ": request " + std::to_string(passed.unique) +
                     " passed its deadline of " + std::to_string(passed.timeoutMs) +
                     " ms: " + where);
}

}  // namespace fuseloop::napi
