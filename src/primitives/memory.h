// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dnnl.hpp>

#include <cstddef>
#include <vector>

/// Memory that oneDNN's primitives read and write, and the threads they use.
namespace soundfold::primitives {

/// Values [n] of its own.
dnnl::memory float_memory(const std::vector<float>& values, const dnnl::engine& engine);

/// So many bytes of its own, for others to lie in.
dnnl::memory raw_memory(std::size_t bytes, const dnnl::engine& engine);

/// `plain` in the layout and type `wanted`, in memory of its own.
dnnl::memory reordered(dnnl::memory plain, const dnnl::memory::desc& wanted);

/// Keeps oneDNN on the calling thread while it lives. Its OpenMP runtime would otherwise use every processor for each
/// of our own threads.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace soundfold::primitives
