// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// A stand-in for a CUDA device, in the CPU's memory, for a LibTorch without CUDA. A program into which this library is
/// preloaded (LD_PRELOAD) sees one device cuda:0 under LibTorch's own CUDA key. It computes on the CPU, with the CPU's
/// results, and is strict:
/// - an operator that gets a CPU tensor with dimensions beside a device tensor throws c10::Error;
/// - device memory cannot be touched by the program: reading data_ptr() of a device tensor is a SIGSEGV;
/// - what moves between host and device, and what makes the host wait for the device, is counted.
/// It shows nothing of streams, cuDNN, TF32, memory use or speed.
namespace soundfold::standin {

/// Over all threads.
struct Counts {
  std::int64_t to_device = 0;  ///< copies from host to device
  std::int64_t to_host = 0;    ///< copies from device to host
  std::int64_t scalars = 0;    ///< single values asked for, as by item()
  std::int64_t waits = 0;      ///< operators whose result's shape depends on values, or that answer yes or no
  std::int64_t operators = 0;  ///< all operators run, copies excluded
};

/// SOUNDFOLD_STANDIN_COUNTS names a file: when the program ends, its counts are written there in one line,
/// "to_device N to_host N scalars N waits N operators N".
inline constexpr const char* kCountsVariable = "SOUNDFOLD_STANDIN_COUNTS";

}  // namespace soundfold::standin

/// The counts since the last call, for a program that looks this symbol up.
extern "C" soundfold::standin::Counts soundfold_standin_counts();
