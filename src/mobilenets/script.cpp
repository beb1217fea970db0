// SPDX-License-Identifier: Apache-2.0
#include "mobilenets/script.h"

#include "named_modules/module_tensors.h"
#include "network/mobilenet.h"
#include "support/errors.h"
#include "text/replaced.h"
#include "weights/network_tensors.h"

#include <iomanip>
#include <limits>
#include <locale>
#include <sstream>
#include <string>

namespace soundfold::mobilenets {
namespace {

constexpr const char* kNetworkSource = R"(
def features(self, log_mel: Tensor) -> Tensor:
    x = torch.unsqueeze((log_mel + <shift>) * <factor>, 1)
    x = torch.hardswish(torch.conv2d(x, self.stem_kernel, self.stem_bias, [2, 2], [1, 1]))
<blocks>    return torch.hardswish(torch.conv2d(x, self.last_kernel, self.last_bias))

def classify(self, embeddings: Tensor) -> Tensor:
    inside = torch.hardswish(torch.linear(embeddings, self.hidden_kernel, self.hidden_bias))
    return torch.linear(inside, self.classifier_kernel, self.classifier_bias)

def forward(self, patches: Tensor) -> Tuple[Tensor, Tensor]:
    embeddings = torch.mean(self.features(torch.squeeze(patches, 1)), [2, 3])
    return (embeddings, torch.sigmoid(self.classify(embeddings)))
)";

constexpr const char* kExpandSource = R"(
    y = <activation>(torch.conv2d(x, self.<block>_expand_kernel, self.<block>_expand_bias)))";

constexpr const char* kDepthwiseSource = R"(
    y = <activation>(torch.conv2d(<from>, self.<block>_depthwise_kernel, self.<block>_depthwise_bias, [<stride>, <stride>], [<padding>, <padding>], [1, 1], <channels>)))";

constexpr const char* kGateSource = R"(
    g = torch.relu(torch.linear(torch.mean(y, [2, 3]), self.<block>_squeeze_kernel, self.<block>_squeeze_bias))
    g = torch.sigmoid(torch.linear(g, self.<block>_excite_kernel, self.<block>_excite_bias))
    y = y * torch.unsqueeze(torch.unsqueeze(g, 2), 3))";

constexpr const char* kProjectSource = R"(
    x = <added>torch.conv2d(y, self.<block>_project_kernel, self.<block>_project_bias)
)";

/// A number as TorchScript reads it, to the last digit.
std::string exact_text(double value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::scientific << std::setprecision(std::numeric_limits<double>::max_digits10 - 1) << value;
  return text.str();
}

std::string block_source(const network::MobileNet& network, std::size_t i) {
  const network::InvertedResidual& block = network.blocks[i];
  std::string source = network.expands(i) ? std::string(kExpandSource).substr(1) + "\n" : "";
  source += std::string(kDepthwiseSource).substr(1);
  if (block.squeeze_channels > 0) source += kGateSource;
  source += kProjectSource;
  const std::pair<const char*, std::string> places[] = {
      {"<activation>", block.hard_swish ? "torch.hardswish" : "torch.relu"},
      {"<from>", network.expands(i) ? "y" : "x"},
      {"<block>", "block" + std::to_string(i + 1)},
      {"<stride>", std::to_string(block.stride)},
      {"<padding>", std::to_string((block.side - 1) / 2)},
      {"<channels>", std::to_string(block.expanded_channels)},
      {"<added>", network.adds_input(i) ? "x + " : ""}};
  for (const auto& [place, text] : places) source = replaced(std::move(source), place, text);
  return source;
}

}  // namespace

torch::jit::Module scripted(const weights::Weights& weights, const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
  if (!weights.network.mobilenet) throw UsageError("weights: these are no MobileNet's");
  weights::check_tensors(weights);
  const network::MobileNet& network = *weights.network.mobilenet;
  std::string blocks;
  for (std::size_t i = 0; i < network.blocks.size(); ++i) blocks += block_source(network, i);
  std::string source = replaced(kNetworkSource, "<blocks>", blocks);
  source = replaced(std::move(source), "<shift>", exact_text(network.input_shift));
  source = replaced(std::move(source), "<factor>", exact_text(network.input_factor));
  torch::jit::Module module("__torch__.soundfold.mobilenets.MobileNet", unit);
  named_modules::enter_all(module, weights);
  module.define(source);
  return module;
}

}  // namespace soundfold::mobilenets
