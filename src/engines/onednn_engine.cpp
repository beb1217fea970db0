// SPDX-License-Identifier: Apache-2.0
#include "engines/onednn_engine.h"

#include "engines/internal/onednn_runner.h"
#include "engines/internal/onednn_transformer.h"
#include "primitives/onednn_api.h"
#include "support/errors.h"
#include "support/processor.h"

#include <optional>
#include <utility>

namespace soundfold::engines {
namespace {

/// State shared by all runners of one network.
struct Loaded {
  std::shared_ptr<onednn::Shared> network;
  frontend::InputRecipe input;
  std::vector<std::string> class_names;
  std::string digest;
  Precision precision = Precision::float32;
};

class OnednnBackbone final : public Backbone {
 public:
  explicit OnednnBackbone(std::shared_ptr<const Loaded> loaded) : loaded_(std::move(loaded)) {}

  const frontend::InputRecipe& input() const override { return loaded_->input; }

  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) override {
    if (patch_count < 1) throw UsageError("the backbone needs at least one patch");
    onednn::with_its_errors(loaded_->precision, [&] {
      // Not reached by a run that takes everything from the store.
      if (!runner_) runner_.emplace(loaded_->network);
      runner_->run(patches, patch_count, embeddings, scores);
    });
  }

  std::unique_ptr<Backbone> share() const override { return std::make_unique<OnednnBackbone>(loaded_); }
  std::int64_t embedding_size() const override { return loaded_->network->edges.row_size; }
  std::vector<std::int64_t> embedding_parts() const override {
    std::vector<std::int64_t> parts{loaded_->network->edges.embedding_size};
    for (const auto& tap : loaded_->network->edges.taps) parts.insert(parts.end(), {tap.channels, tap.channels});
    return parts;
  }
  std::int64_t class_count() const override { return static_cast<std::int64_t>(loaded_->class_names.size()); }
  const std::vector<std::string>& class_names() const override { return loaded_->class_names; }
  const std::string& weights_digest() const override { return loaded_->digest; }
  ComputeType compute_type() const override { return {DeviceKind::cpu, EngineUsed::onednn, loaded_->precision}; }
  std::int64_t preferred_batch() const override { return onednn::Runner::kLargestPlan; }

 private:
  std::shared_ptr<const Loaded> loaded_;
  std::optional<onednn::Runner> runner_;
};

void check_available() {
  if (const auto reason = onednn_unavailable_reason(); !reason.empty()) throw UsageError("engine onednn: " + reason);
}

}  // namespace

std::string onednn_unavailable_reason() {
  if (!primitives::version_fits())
    return "another major version of oneDNN is loaded than the one Soundfold was built with";
  return onednn_processor_problem();
}

std::string missing_cpu_features(Precision precision) {
  if (auto problem = onednn_processor_problem(); !problem.empty()) return problem;
  if (precision == Precision::bfloat16 && !primitives::processor_has_bfloat16()) {
    return "this processor has neither avx512_bf16 nor AMX, without which bfloat16 is slower than float32; use float32";
  }
  if (precision == Precision::int8 && !primitives::processor_has_int8()) {
    return "this processor has no VNNI instructions, without which int8 sums saturate and come out wrong; use float32";
  }
  return "";
}

bool onednn_is_fast() {
  return primitives::processor_is_fast();
}

std::unique_ptr<Backbone> onednn_front(const weights::Weights& weights, std::string digest, std::int64_t blocks) {
  check_available();
  return onednn::transformer_front(weights, std::move(digest), blocks);
}

std::unique_ptr<Backbone> onednn_backbone(weights::Weights weights, std::string digest,
                                          const BackboneOptions& options) {
  check_available();
  if (!options.device.is_cpu()) {
    throw UsageError("engine onednn runs on the CPU only, not on " + options.device.text() +
                     "; use engine torchscript");
  }
  const Precision precision = settled(options.precision);
  if (const auto unsupported = missing_cpu_features(precision); !unsupported.empty()) {
    throw UsageError("precision " + name_of(precision) + ": " + unsupported);
  }
  if (weights.network.transformer) {
    return onednn::transformer_backbone(std::move(weights), std::move(digest), options);
  }
  if (weights.network.mobilenet) return onednn::mobilenet_backbone(std::move(weights), std::move(digest), options);
  auto loaded = std::make_shared<Loaded>();
  onednn::with_its_errors(
      precision, [&] { loaded->network = std::make_shared<onednn::Shared>(weights, precision, options.taps); });
  loaded->input = weights.network.input;
  loaded->class_names = std::move(weights.class_names);
  loaded->digest = std::move(digest);
  loaded->precision = precision;
  return std::make_unique<OnednnBackbone>(std::move(loaded));
}

}  // namespace soundfold::engines
