// SPDX-License-Identifier: Apache-2.0
#include "primitives/memory.h"

#include <cstring>

#if DNNL_CPU_RUNTIME == DNNL_RUNTIME_OMP
#include <omp.h>
#endif

namespace soundfold::primitives {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

dnnl::memory float_memory(const std::vector<float>& values, const dnnl::engine& engine) {
  const dnnl::memory::desc description({static_cast<dnnl::memory::dim>(values.size())}, Type::f32, Tag::x);
  dnnl::memory memory(description, engine);
  std::memcpy(memory.get_data_handle(), values.data(), values.size() * sizeof(float));
  return memory;
}

dnnl::memory raw_memory(std::size_t bytes, const dnnl::engine& engine) {
  const dnnl::memory::desc description({static_cast<dnnl::memory::dim>(bytes)}, Type::u8, Tag::x);
  return {description, engine};
}

dnnl::memory reordered(dnnl::memory plain, const dnnl::memory::desc& wanted) {
  const dnnl::engine engine = plain.get_engine();
  dnnl::memory made(wanted, engine);
  dnnl::stream stream(engine);
  dnnl::reorder(plain, made).execute(stream, plain, made);
  stream.wait();
  return made;
}

#if DNNL_CPU_RUNTIME == DNNL_RUNTIME_OMP
OneThread::OneThread() : before_(omp_get_max_threads()) {
  omp_set_num_threads(1);
}
OneThread::~OneThread() {
  omp_set_num_threads(before_);
}
#else
OneThread::OneThread() : before_(0) {}
OneThread::~OneThread() = default;
#endif

}  // namespace soundfold::primitives
