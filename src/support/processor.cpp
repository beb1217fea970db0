// SPDX-License-Identifier: Apache-2.0
#include "support/processor.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace soundfold {
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
  // cgroup v2 and v1, as a container sees its own; "max" and a number larger than any memory mean no limit.
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::uint64_t limit = 0;
    if (std::ifstream(file) >> limit && limit > 0) bytes = std::min(bytes, limit);
  }
  return bytes;
}

}  // namespace soundfold
