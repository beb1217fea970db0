// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace soundfold {

/// Why the oneDNN that is loaded cannot be used on this processor; empty when it can. Some virtual machines hide the
/// processor's caches (CPUID leaf 4, on AMD 0x8000001D, is empty). oneDNN 3 then divides by zero or computes wrong
/// values; oneDNN 2 does not. LibTorch computes with the same library.
std::string onednn_processor_problem();

/// The machine's memory, or what the cgroup of this process may use of it, as a container or a scheduler's job has one.
std::uint64_t usable_memory_bytes();

}  // namespace soundfold
