// SPDX-License-Identifier: Apache-2.0
#include "efficientat/published_file.h"

#include "state_dicts/state_dict.h"
#include "support/errors.h"
#include "tensor_files/values.h"
#include "text/text.h"
#include "weights/importing.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold::efficientat {
namespace fs = std::filesystem;
namespace {

using state_dicts::SavedTensor;
using state_dicts::StateDict;
using Shape = std::vector<std::int64_t>;

/// Those of mn01 to mn40. The sizes of "classifier.2.bias" differ among them.
constexpr double kWidths[] = {0.1, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 2.0, 3.0, 4.0};
constexpr std::int64_t kMaxClasses = 65'536;
const std::string kHidden = "classifier.2", kClassifier = "classifier.5";

/// [out, in, bands, frames] to [out, in, frames, bands].
std::vector<float> turned(const std::vector<float>& kernel, const Shape& shape) {
  const auto side = static_cast<std::size_t>(shape[3]);
  std::vector<float> values(kernel.size());
  for (std::size_t at = 0; at < kernel.size(); at += side * side) {
    for (std::size_t i = 0; i < side * side; ++i) values[at + i % side * side + i / side] = kernel[at + i];
  }
  return values;
}

/// Takes the tensors of a file one by one.
class Taken {
 public:
  Taken(const fs::path& path, StateDict tensors) : path_(path), tensors_(std::move(tensors)) {}

  const SavedTensor& peek(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) fail(name, "missing");
    return found->second;
  }

  std::vector<float> values(const std::string& name, const Shape& shape) {
    const SavedTensor& tensor = peek(name);
    if (!tensor.floating) fail(name, "whole numbers, expected float32");
    check_shape(name, tensor.shape, shape);
    return std::move(tensors_.extract(name).mapped().values);
  }

  /// Batches seen in training, which nothing reads.
  void skip_counter(const std::string& name) {
    const SavedTensor& tensor = peek(name);
    if (tensor.floating) fail(name, "float32, expected a whole number");
    check_shape(name, tensor.shape, {});
    tensors_.erase(name);
  }

  void check_end() const {
    if (!tensors_.empty()) fail(tensors_.begin()->first, "not one of its tensors");
  }

  [[noreturn]] void fail(const std::string& tensor, const std::string& problem) const {
    throw DataError(path_.string() + ": " + shown(tensor) + ": " + problem +
                    "; expected a state dict of EfficientAT's mn01_as to mn40_as with the head 'mlp'");
  }

 private:
  void check_shape(const std::string& name, const Shape& found, const Shape& expected) const {
    if (found == expected) return;
    fail(name, "shape " + tensor_files::shape_text(found) + ", expected " + tensor_files::shape_text(expected));
  }

  const fs::path& path_;
  StateDict tensors_;
};

/// Enters tensors under our names.
class Folding {
 public:
  Folding(Taken& taken, weights::Weights& weights) : taken_(taken), tensors_(weights.tensors) {}

  /// "<from>.0", a convolution without bias, and its batch norm "<from>.1".
  void convolution(const std::string& from, const std::string& to, const Shape& shape) {
    const Shape channels{shape[0]};
    auto kernel = taken_.values(from + ".0.weight", shape);
    const std::string norm = from + ".1.";
    const auto gamma = taken_.values(norm + "weight", channels), beta = taken_.values(norm + "bias", channels);
    const auto mean = taken_.values(norm + "running_mean", channels);
    const auto variance = taken_.values(norm + "running_var", channels);
    taken_.skip_counter(norm + "num_batches_tracked");
    if (*std::min_element(variance.begin(), variance.end()) < 0) taken_.fail(norm + "running_var", "a value below 0");
    std::vector<float> bias;
    const std::size_t taps = kernel.size() / gamma.size();
    for (std::size_t c = 0; c < gamma.size(); ++c) {
      const double factor = gamma[c] / std::sqrt(variance[c] + kBatchNormEpsilon);
      bias.push_back(static_cast<float>(beta[c] - mean[c] * factor));
      for (std::size_t i = c * taps; i < (c + 1) * taps; ++i) kernel[i] = static_cast<float>(kernel[i] * factor);
    }
    enter(to, turned(kernel, shape), std::move(bias));
  }

  void linear(const std::string& from, const std::string& to, const Shape& shape) {
    auto kernel = taken_.values(from + ".weight", shape);
    enter(to, std::move(kernel), taken_.values(from + ".bias", {shape[0]}));
  }

 private:
  void enter(const std::string& to, std::vector<float> kernel, std::vector<float> bias) {
    tensor_files::check_finite(kernel, to + ".kernel");
    tensor_files::check_finite(bias, to + ".bias");
    tensors_[to + ".kernel"] = std::move(kernel);
    tensors_[to + ".bias"] = std::move(bias);
  }

  Taken& taken_;
  std::map<std::string, std::vector<float>>& tensors_;
};

void take_block(Folding& folding, const network::MobileNet& network, std::size_t i) {
  const network::InvertedResidual& block = network.blocks[i];
  const std::string from = "features." + std::to_string(i + 1) + ".block.";
  const std::string to = "block" + std::to_string(i + 1) + ".";
  const std::int64_t expanded = block.expanded_channels, squeezed = block.squeeze_channels;
  int part = 0;  // of the sequence, which lacks what a block does not have
  const auto next = [&] { return from + std::to_string(part++); };
  if (network.expands(i)) folding.convolution(next(), to + "expand", {expanded, network.in_channels(i), 1, 1});
  folding.convolution(next(), to + "depthwise", {expanded, 1, block.side, block.side});
  if (squeezed > 0) {
    const std::string squeeze = next() + ".conc_se_layers.0.fc";
    folding.linear(squeeze + "1", to + "squeeze", {squeezed, expanded});
    folding.linear(squeeze + "2", to + "excite", {expanded, squeezed});
  }
  folding.convolution(next(), to + "project", {block.out_channels, expanded, 1, 1});
}

weights::Weights weights_in(Taken& taken, network::Description description) {
  weights::Weights weights;
  weights.network = std::move(description);
  const network::MobileNet& network = *weights.network.mobilenet;
  Folding folding(taken, weights);
  folding.convolution("features.0", "stem", {network.stem_channels, 1, 3, 3});
  for (std::size_t i = 0; i < network.blocks.size(); ++i) take_block(folding, network, i);
  const std::size_t count = network.blocks.size();
  const Shape last{network.last_channels, network.in_channels(count), 1, 1};
  folding.convolution("features." + std::to_string(count + 1), "last", last);
  folding.linear(kHidden, "hidden", {network.hidden_size, network.last_channels});
  const Shape classes = taken.peek(kClassifier + ".bias").shape;
  if (classes.size() != 1 || classes[0] > kMaxClasses) taken.fail(kClassifier + ".bias", "not one size");
  weights.network.class_count = classes[0];
  weights.classifier_kernel = taken.values(kClassifier + ".weight", {classes[0], network.hidden_size});
  weights.classifier_bias = taken.values(kClassifier + ".bias", classes);
  taken.check_end();
  return weights;
}

/// The width with so many values before the classifier.
network::Description description_of(const Taken& taken) {
  const Shape hidden = taken.peek(kHidden + ".bias").shape;
  for (const double width : kWidths) {
    auto network = network::efficientat_description(width);
    if (hidden == Shape{network.mobilenet->hidden_size}) return network;
  }
  taken.fail(kHidden + ".bias", "shape " + tensor_files::shape_text(hidden) + ", which is of no published width");
}

/// Of networks with the same tensors.
void refuse_by_name(const fs::path& path) {
  const std::string name = path.filename().string();
  for (const char* part : {"_hop_", "_mels_"}) {
    if (name.find(part) == std::string::npos) continue;
    throw DataError(path.string() +
                    ": by its name a network for another hop or other mel bands, which is not read; take "
                    "mn04_as, mn10_as or another of the main ones");
  }
  for (const char* part : {"_im.", "_im_pytorch"}) {
    if (name.find(part) == std::string::npos) continue;
    throw DataError(path.string() +
                    ": by its name trained on pictures alone, with a classifier of random values; take mn04_as, "
                    "mn10_as or another of the main ones");
  }
}

weights::Weights named(weights::Weights weights, const fs::path& path, std::vector<std::string> class_names) {
  if (class_names.size() != static_cast<std::size_t>(weights.class_count())) {
    throw DataError(path.string() + ": " + std::to_string(weights.class_count()) + " classes, but " +
                    std::to_string(class_names.size()) + " names were given for them");
  }
  weights.class_names = std::move(class_names);
  weights.source = weights::describe_source(path, "EfficientAT, state dict");
  return weights;
}

}  // namespace

weights::Weights read_efficientat(const fs::path& path, network::Description network,
                                  std::vector<std::string> class_names) {
  network::check(network);
  refuse_by_name(path);
  Taken taken(path, state_dicts::read_state_dict(path));
  return named(weights_in(taken, std::move(network)), path, std::move(class_names));
}

weights::Weights read_efficientat(const fs::path& path, std::vector<std::string> class_names) {
  refuse_by_name(path);
  Taken taken(path, state_dicts::read_state_dict(path));
  auto network = description_of(taken);
  return named(weights_in(taken, std::move(network)), path, std::move(class_names));
}

}  // namespace soundfold::efficientat
