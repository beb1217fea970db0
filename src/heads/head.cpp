// SPDX-License-Identifier: Apache-2.0
#include "heads/head.h"

#include "device/random_streams.h"
#include "heads/internal/linear.h"
#include "heads/segments.h"
#include "support/errors.h"
#include "support/logging.h"

#include <cmath>

namespace soundfold::heads {
namespace {

using head_spec::Pooling;

void draw_glorot(torch::nn::Linear& layer, const at::Generator& generator) {
  const auto limit = std::sqrt(6.0 / static_cast<double>(layer->weight.size(0) + layer->weight.size(1)));
  layer->weight.uniform_(-limit, limit, generator);
  if (layer->bias.defined()) layer->bias.zero_();
}

/// Logits of the backbone that vary by less carry no information: dividing by their deviation would add rounding.
constexpr double kLeastOpinion = 0.01;

/// Frames that are measured at a time: more would take more memory, fewer more time.
constexpr std::int64_t kRunFrames = 4096;

/// What to divide by, from the deviations [D] of the values.
torch::Tensor scales_of(const torch::Tensor& deviation, const torch::Tensor& never_varies) {
  const auto still = never_varies.logical_or(deviation == 0);
  const auto varying = deviation.masked_select(still.logical_not());
  if (varying.numel() == 0) return torch::full_like(deviation, kHeldConstant);
  const double typical = varying.square().mean().sqrt().item<double>();
  return deviation.clamp_min(kLeastDeviation * typical)
      .masked_fill(still.logical_or(deviation < kLeastVarying * typical), kHeldConstant);
}

}  // namespace

HeadSpec make_head_spec(const config::Head& head, std::int64_t input_size, std::int64_t class_count,
                        const KnownClasses* known, std::vector<std::int64_t> parts) {
  HeadSpec spec;
  spec.input = head.input;
  spec.input_size = input_size;
  spec.class_count = class_count;
  spec.hidden = head.hidden;
  spec.activation = head.activation;
  spec.normalization = head.normalization;
  spec.dropout = head.dropout;
  spec.pooling = head.pooling;
  spec.standardize = head.standardize;
  spec.scaling = head.scaling;
  spec.parts = std::move(parts);
  if (known != nullptr) {
    spec.known_inputs = known->kernel.size(1);
    spec.known_norm_epsilon = known->norm_epsilon;
  }
  return spec;
}

HeadImpl::HeadImpl(HeadSpec spec) : spec_(std::move(spec)) {
  head_spec::check(spec_);
  if (spec_.standardize) {
    input_mean_ = register_buffer("input_mean", torch::zeros({spec_.input_size}));
    input_scale_ = register_buffer("input_scale", torch::ones({spec_.input_size}));
  }
  if (properties_of(spec_.pooling).is_learned) {
    const auto options = torch::nn::LinearOptions(spec_.input_size, 1).bias(false);
    attention_ = register_module("attention", torch::nn::Linear(options));
  }
  if (spec_.known_inputs > 0) add_known_classes();
  add_layers();
  draw_weights(make_generator(torch::kCPU, stream_seed(0, 0, Draw::initial_weights)));
}

void HeadImpl::add_known_classes() {
  const auto classes = spec_.class_count;
  known_kernel_ = register_buffer("known_kernel", torch::zeros({classes, spec_.known_inputs}));
  known_bias_ = register_buffer("known_bias", torch::zeros({classes}));
  known_gain_ = register_buffer("known_gain", torch::zeros({classes}));
  known_offset_ = register_buffer("known_offset", torch::zeros({classes}));
}

void HeadImpl::add_layers() {
  auto size = spec_.input_size * (properties_of(spec_.pooling).doubles_size ? 2 : 1);
  auto sizes = spec_.hidden;
  sizes.push_back(spec_.class_count);
  for (std::size_t layer = 0; layer < sizes.size(); ++layer) {
    const auto number = std::to_string(layer);
    linears_.push_back(register_module("linear" + number, torch::nn::Linear(size, sizes[layer])));
    size = sizes[layer];
    if (layer + 1 == sizes.size()) break;
    const auto norm = "norm" + number;
    if (spec_.normalization == head_spec::Normalization::layer) {
      layer_norms_.push_back(register_module(norm, torch::nn::LayerNorm(torch::nn::LayerNormOptions({size}))));
    } else if (spec_.normalization == head_spec::Normalization::batch) {
      batch_norms_.push_back(register_module(norm, torch::nn::BatchNorm1d(size)));
    }
  }
}

void HeadImpl::draw_weights(at::Generator generator) {
  const torch::NoGradGuard no_gradients;
  if (attention_) draw_glorot(attention_, generator);
  for (auto& layer : linears_) draw_glorot(layer, generator);
  for (auto& norm : layer_norms_) norm->reset_parameters();
  for (auto& norm : batch_norms_) norm->reset_parameters();
}

void HeadImpl::fit_standardization(const FeatureSet& train) {
  if (!spec_.standardize) return;
  const torch::NoGradGuard no_gradients;
  const auto frames = static_cast<double>(train.frame_count());
  torch::Tensor sum, squares, least, most;
  train.for_each_run(kRunFrames, kRunFrames, [&](const ClipRun& run) {
    const auto values = run.frames.to(torch::kFloat64);
    sum = sum.defined() ? sum + values.sum(0) : values.sum(0);
    least = least.defined() ? torch::minimum(least, run.frames.amin(0)) : run.frames.amin(0);
    most = most.defined() ? torch::maximum(most, run.frames.amax(0)) : run.frames.amax(0);
  });
  const auto mean = sum / frames;
  train.for_each_run(kRunFrames, kRunFrames, [&](const ClipRun& run) {
    const auto of_run = (run.frames.to(torch::kFloat64) - mean).square_().sum(0);
    squares = squares.defined() ? squares + of_run : of_run;
  });
  input_mean_.copy_(mean);
  input_scale_.copy_(scales_of((squares / frames).sqrt().to(torch::kFloat32), most == least));
  if (const auto count = held_constant(); count > 0) {
    logger().info(
        "head.standardize: {} of {} input values (almost) never vary in the training windows and are held constant",
        count, spec_.input_size);
  }
}

std::int64_t HeadImpl::held_constant() const {
  return spec_.standardize ? input_scale_.eq(kHeldConstant).sum().item<std::int64_t>() : 0;
}

torch::Tensor HeadImpl::standardized(const torch::Tensor& frames) const {
  return spec_.standardize ? (frames - input_mean_) / input_scale_ : frames;
}

torch::Tensor HeadImpl::scaled(const torch::Tensor& vectors) const {
  if (spec_.scaling == head_spec::Scaling::none) return vectors;
  std::vector<torch::Tensor> scaled_parts;
  const auto sizes = part_sizes(spec_);
  for (const auto& part : vectors.split_with_sizes(sizes, 1)) {
    scaled_parts.push_back(part * torch::rsqrt(part.square().mean(1, /*keepdim=*/true) + head_spec::kScalingEpsilon));
  }
  return torch::cat(scaled_parts, 1);
}

torch::Tensor HeadImpl::known_logits(const torch::Tensor& frames) const {
  auto embeddings = frames.narrow(1, 0, spec_.known_inputs);
  if (spec_.known_norm_epsilon > 0) {
    embeddings = torch::layer_norm(embeddings, {spec_.known_inputs}, {}, {}, spec_.known_norm_epsilon);
  }
  return torch::addmm(known_bias_, embeddings, known_kernel_.t());
}

void HeadImpl::fit_known_classes(const KnownClasses& known, double weight, const FeatureSet& train) {
  const torch::NoGradGuard no_gradients;
  if (spec_.known_inputs == 0 || known.norm_epsilon != spec_.known_norm_epsilon ||
      known.kernel.sizes() != known_kernel_.sizes() || known.bias.sizes() != known_bias_.sizes() ||
      known.mapped.sizes() != known_gain_.sizes()) {
    throw UsageError("head.known_classes: the rows do not fit the head that was made for them");
  }
  known_kernel_.copy_(known.kernel);
  known_bias_.copy_(known.bias);
  std::vector<torch::Tensor> of_runs;
  train.for_each_run(kRunFrames, kRunFrames, [&](const ClipRun& run) {
    const auto logits = known_logits(run.frames);
    of_runs.push_back(pools_clips() ? Segments(run.counts, train.device()).max(logits) : logits);
  });
  const auto opinions = torch::cat(of_runs);
  const auto deviation = opinions.std(0, /*unbiased=*/false);
  const auto usable = known.mapped.to(deviation.device()).gt(0).logical_and(deviation > kLeastOpinion);
  known_gain_.copy_(torch::where(usable, weight / deviation, torch::zeros_like(deviation)));
  known_offset_.copy_(-opinions.mean(0) * known_gain_);
}

torch::Tensor HeadImpl::pool(const torch::Tensor& frames, const Segments& clips) {
  const auto inputs = standardized(frames);
  if (spec_.pooling == Pooling::window) return scaled(inputs);
  if (spec_.pooling == Pooling::attention) {
    return scaled(clips.softmax_mean(inputs, attention_->forward(inputs).squeeze(1)));
  }
  const auto mean = clips.mean(inputs);
  if (spec_.pooling == Pooling::mean) return scaled(mean);
  return scaled(torch::cat({mean, clips.max(inputs)}, 1));
}

torch::Tensor HeadImpl::dropped(const torch::Tensor& values) {
  if (!is_training() || spec_.dropout <= 0 || spec_.hidden.empty()) return values;
  const auto kept = 1.0 - spec_.dropout;
  auto mask = torch::empty_like(values);
  if (dropout_generator_.defined()) {
    mask.bernoulli_(kept, dropout_generator_);
  } else {
    mask.bernoulli_(kept);
  }
  return values * mask.mul_(1.0 / kept);
}

torch::Tensor HeadImpl::activated(const torch::Tensor& values) const {
  if (spec_.activation == head_spec::Activation::gelu) return torch::gelu(values);
  if (spec_.activation == head_spec::Activation::tanh) return torch::tanh(values);
  return torch::relu(values);
}

torch::Tensor HeadImpl::classify(torch::Tensor vectors) {
  for (std::size_t layer = 0; layer < spec_.hidden.size(); ++layer) {
    // A batch norm takes away what a bias adds, so its gradient is rounding alone, which Adam would enlarge to full
    // steps: the bias would drift, and its running mean lag behind.
    const auto& bias = linears_[layer]->bias;
    vectors = linear(dropped(vectors), linears_[layer]->weight, batch_norms_.empty() ? bias : bias.detach());
    if (!layer_norms_.empty()) vectors = layer_norms_[layer]->forward(vectors);
    if (!batch_norms_.empty()) vectors = batch_norms_[layer]->forward(vectors);
    vectors = activated(vectors);
  }
  return linear(dropped(vectors), linears_.back()->weight, linears_.back()->bias);
}

torch::Tensor HeadImpl::frame_logits(const torch::Tensor& frames) {
  // Mean, maximum and attention over one frame are that frame.
  auto vectors = standardized(frames);
  if (properties_of(spec_.pooling).doubles_size) vectors = torch::cat({vectors, vectors}, 1);
  const auto logits = classify(scaled(vectors));
  return spec_.known_inputs > 0 ? logits + known_logits(frames) * known_gain_ + known_offset_ : logits;
}

torch::Tensor HeadImpl::clip_logits(const torch::Tensor& frames, const Segments& clips) {
  if (!pools_clips()) return mean_logits(frame_logits(frames), clips);
  const auto logits = classify(pool(frames, clips));
  if (spec_.known_inputs == 0) return logits;
  return logits + clips.max(known_logits(frames)) * known_gain_ + known_offset_;
}

torch::Tensor HeadImpl::mean_logits(const torch::Tensor& frame_logits, const Segments& clips) {
  return clips.mean(frame_logits);
}

}  // namespace soundfold::heads
