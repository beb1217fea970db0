// SPDX-License-Identifier: Apache-2.0
#include "mobilenets/runner.h"

#include "mobilenets/internal/model.h"
#include "primitives/memory.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace soundfold::mobilenets {
namespace {

float swished(float value) {
  return value * std::min(std::max(value + 3.0F, 0.0F), 6.0F) / 6.0F;
}

float sigmoid(float value) {
  return 1.0F / (1.0F + std::exp(-value));
}

std::vector<float> mapped(const Linear& linear, const std::vector<float>& input) {
  std::vector<float> output = linear.bias;
  const auto inputs = static_cast<dnnl_dim_t>(input.size()), outputs = static_cast<dnnl_dim_t>(output.size());
  const auto status = dnnl_sgemm('N', 'N', outputs, 1, inputs, 1.0F, linear.kernel.data(), inputs, input.data(), 1,
                                 1.0F, output.data(), 1);
  if (status != dnnl_success) throw DataError("oneDNN refused the product of a linear map");
  return output;
}

/// Means over the positions of a map [positions, channels].
std::vector<float> means_of(const float* map, std::int64_t positions, std::int64_t channels) {
  std::vector<double> sums(static_cast<std::size_t>(channels), 0.0);
  for (std::int64_t p = 0; p < positions; ++p, map += channels) {
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += double{map[c]};
  }
  std::vector<float> means;
  for (const double sum : sums) means.push_back(static_cast<float>(sum / static_cast<double>(positions)));
  return means;
}

void squeeze_and_excite(const Gate& gate, float* map, std::int64_t positions) {
  const auto channels = gate.excite.bias.size();
  std::vector<float> inside = mapped(gate.squeeze, means_of(map, positions, static_cast<std::int64_t>(channels)));
  for (float& value : inside) value = std::max(value, 0.0F);
  std::vector<float> factors = mapped(gate.excite, inside);
  for (float& factor : factors) factor = sigmoid(factor);
  for (std::int64_t p = 0; p < positions; ++p, map += channels) {
    for (std::size_t c = 0; c < channels; ++c) map[c] *= factors[c];
  }
}

}  // namespace

/// What a runner keeps.
struct Runner::State {
  explicit State(std::shared_ptr<Model> of) : model(std::move(of)), stream_of_calls(model->engine()) {}

  std::shared_ptr<Model> model;
  dnnl::stream stream_of_calls;
  dnnl::memory stream, wide, narrow, scratchpad;

  void reserve(dnnl::memory& memory, std::size_t bytes) const {
    if (memory && memory.get_desc().get_size() >= bytes) return;
    memory = primitives::raw_memory(std::max<std::size_t>(bytes, 1), model->engine());
  }

  static float* values(const dnnl::memory& memory) { return static_cast<float*>(memory.get_data_handle()); }

  void call(const Convolution& part, const dnnl::memory& source, const dnnl::memory& output) {
    const auto as = [&](const dnnl::memory::desc& desc, const dnnl::memory& memory) {
      return dnnl::memory(desc, model->engine(), memory.get_data_handle());
    };
    part.primitive.execute(stream_of_calls, {{DNNL_ARG_SRC, as(part.source, source)},
                                             {DNNL_ARG_WEIGHTS, part.kernel},
                                             {DNNL_ARG_BIAS, part.bias},
                                             {DNNL_ARG_DST, as(part.output, output)},
                                             {DNNL_ARG_SCRATCHPAD, as(part.scratchpad, scratchpad)}});
    stream_of_calls.wait();
  }

  /// What the stem sees of the normalised patch at each position: [positions, 3 * 3], zeros beyond the patch.
  void write_windows(const float* log_mel, std::int64_t frames, const MapSize& size) {
    const std::int64_t bands = model->bands();
    const auto shift = static_cast<float>(model->network().input_shift);
    const auto factor = static_cast<float>(model->network().input_factor);
    float* to = values(wide);
    for (std::int64_t t = 0; t < size.frames; ++t) {
      for (std::int64_t f = 0; f < size.bands; ++f) {
        for (std::int64_t i = 0; i < 9; ++i) {
          const std::int64_t frame = 2 * t + i / 3 - 1, band = 2 * f + i % 3 - 1;
          const bool inside = frame >= 0 && frame < frames && band >= 0 && band < bands;
          *to++ = inside ? (log_mel[frame * bands + band] + shift) * factor : 0.0F;
        }
      }
    }
  }

  std::vector<float> embedding_of(const float* log_mel, std::int64_t frames, const Plan& plan) {
    write_windows(log_mel, frames, plan.stem_size);
    call(plan.stem, wide, stream);
    for (std::size_t i = 0; i < plan.blocks.size(); ++i) {
      const BlockPlan& block = plan.blocks[i];
      if (block.expand) call(*block.expand, stream, wide);
      call(block.depthwise, block.expand ? wide : stream, narrow);
      if (const auto& gate = model->gate(i)) squeeze_and_excite(*gate, values(narrow), block.positions);
      call(block.project, narrow, stream);  // adds to what is there where the input is added
    }
    call(plan.last, stream, wide);
    return means_of(values(wide), plan.last_positions, model->network().last_channels);
  }
};

Runner::Runner(std::shared_ptr<Model> model) : state_(std::make_unique<State>(std::move(model))) {}
Runner::~Runner() = default;

void Runner::run(const float* log_mel, std::int64_t count, std::int64_t frames, float* embeddings, float* scores) {
  if (count < 1 || frames < 1) throw UsageError("the network needs at least one patch of at least one frame");
  const primitives::OneThread one_thread;
  State& state = *state_;
  const Model& model = *state.model;
  const auto plan = state.model->plan(frames);
  state.reserve(state.stream, plan->stream_bytes);
  state.reserve(state.wide, plan->wide_bytes);
  state.reserve(state.narrow, plan->wide_bytes);
  state.reserve(state.scratchpad, plan->scratchpad_bytes);
  for (std::int64_t p = 0; p < count; ++p) {
    const auto embedding = state.embedding_of(log_mel + p * frames * model.bands(), frames, *plan);
    embeddings = std::copy(embedding.begin(), embedding.end(), embeddings);
    auto inside = mapped(model.hidden(), embedding);
    std::transform(inside.begin(), inside.end(), inside.begin(), swished);
    const auto logits = mapped(model.classifier(), inside);
    scores = std::transform(logits.begin(), logits.end(), scores, sigmoid);
  }
}

}  // namespace soundfold::mobilenets
