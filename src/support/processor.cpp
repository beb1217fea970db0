// SPDX-License-Identifier: Apache-2.0
#include "support/processor.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace soundfold {
namespace fs = std::filesystem;
namespace {

/// The first fields of oneDNN's dnnl_version_t.
struct OnednnVersion {
  int major, minor, patch;
};

bool caches_are_hidden() {
#if defined(__x86_64__)
  for (const unsigned leaf : {4U, 0x8000001DU}) {
    unsigned type = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(leaf, 0, &type, &b, &c, &d) != 0 && (type & 31U) != 0) return false;
  }
  return true;
#else
  return false;
#endif
}

/// The least memory limit of a group and those above it. `line` is of /proc/self/cgroup: "0::/a/b" (cgroup v2) or
/// "4:memory:/a/b" (v1). A container may see its own group at the root and not under that path.
std::optional<std::uint64_t> cgroup_limit(const std::string& line) {
  const auto first = line.find(':'), second = line.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos) return std::nullopt;
  const auto controllers = line.substr(first + 1, second - first - 1);
  if (!controllers.empty() && controllers != "memory") return std::nullopt;
  const fs::path root = controllers.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
  const char* name = controllers.empty() ? "memory.max" : "memory.limit_in_bytes";
  std::optional<std::uint64_t> least;
  for (auto group = fs::path(line.substr(second + 1)).relative_path(); true; group = group.parent_path()) {
    std::uint64_t limit = 0;  // "max" is no number, and no limit
    if (std::ifstream(root / group / name) >> limit && limit > 0) least = std::min(least.value_or(limit), limit);
    if (group.empty()) return least;
  }
}

}  // namespace

std::string onednn_processor_problem() {
  // Looked up by name: whoever links oneDNN has it.
  static const auto version = reinterpret_cast<const OnednnVersion* (*)()>(dlsym(RTLD_DEFAULT, "dnnl_version"));
  static const bool problem = version != nullptr && version()->major >= 3 && caches_are_hidden();
  if (!problem) return "";
  return "this (virtual) processor hides its caches, with which oneDNN " + std::to_string(version()->major) + "." +
         std::to_string(version()->minor) + " computes wrong values or crashes";
}

std::uint64_t usable_memory_bytes() {
  auto bytes =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (const auto limit = cgroup_limit(line)) bytes = std::min(bytes, *limit);
  }
  return bytes;
}

}  // namespace soundfold
