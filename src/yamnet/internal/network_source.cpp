// SPDX-License-Identifier: Apache-2.0
#include "yamnet/internal/network_source.h"

#include "text/replaced.h"
#include "yamnet/internal/source_text.h"

#include <algorithm>

namespace soundfold::yamnet {
namespace {

/// LibTorch's optimiser computes hardtanh wrongly where channels do not fill blocks of 16 (activation_call()).
constexpr const char* kRelu6 = R"(
    if self.kernel.size(0) % 16 == 0:
        x = torch.hardtanh(x, 0.0, 6.0)
    else:
        x = torch.clamp_max(torch.relu(x), 6.0)
)";

std::string number(std::int64_t value) {
  return std::to_string(value);
}

/// "[2, 2]"
std::string pair_of(std::int64_t value) {
  return "[" + number(value) + ", " + number(value) + "]";
}

bool is_tapped(const std::vector<std::int64_t>& taps, std::size_t block) {
  return std::find(taps.begin(), taps.end(), static_cast<std::int64_t>(block + 1)) != taps.end();
}

std::string tap_source(std::size_t block) {
  return "    tap" + std::to_string(block + 1) + " = torch.cat([torch.mean(x, [2, 3]), torch.amax(x, [2, 3])], 1)\n";
}

/// From the last map to what the network gives.
std::string ending_source(const std::vector<std::int64_t>& taps) {
  std::string tapped;
  for (const auto tap : taps) tapped += ", tap" + std::to_string(tap);
  const std::string source = R"(
    embeddings = torch.mean(x, [2, 3])
    scores = torch.sigmoid(torch.linear(embeddings, self.classifier_kernel, self.classifier_bias))
)";
  return source + (tapped.empty() ? "    return (embeddings, scores)\n"
                                  : "    return (torch.cat([embeddings" + tapped + "], 1), scores)\n");
}

/// The convolution of a layer. Where more zeros belong after the map than before it, the kernel gets a row and a column
/// of zeros in front: the same sums, without a copy of the map.
std::string convolution_call(const network::Layer& layer, const std::string& dilation) {
  const int before = layer.padding_before(), after = layer.padding_after();
  const std::string kernel =
      before == after ? "layer.kernel" : "torch.constant_pad_nd(layer.kernel, [1, 0, 1, 0], 0.0)";
  return "torch.conv2d(x, " + kernel + ", layer.bias, " + pair_of(layer.stride) + ", " + pair_of(after) + ", [" +
         dilation + ", " + dilation + "], " + number(layer.groups()) + ")";
}

bool is_pointwise(const network::Layer& layer) {
  return layer.side == 1 && layer.stride == 1 && layer.groups() == 1;
}

/// With optimize_for_inference, LibTorch computes hardtanh and clamp on oneDNN's own tensors, and wrongly where
/// channels do not fill blocks of 16 (seen with 1.13). It leaves clamp_max alone.
std::string activation_call(network::Activation activation, std::int64_t channels) {
  if (activation == network::Activation::relu) return "torch.relu(x)";
  return channels % 16 == 0 ? "torch.hardtanh(x, 0.0, 6.0)" : "torch.clamp_max(torch.relu(x), 6.0)";
}

std::string in_place_activation_call(network::Activation activation) {
  return activation == network::Activation::relu ? "torch.relu_(x)" : "torch.hardtanh_(x, 0.0, 6.0)";
}

/// A pointwise convolution of the map x [P, in, rows, columns], channels last in memory: a matrix product of its
/// positions, given to oneDNN as two images of a single column. Of one patch's few positions LibTorch's own product is
/// faster: there oneDNN mostly rearranges the kernel.
std::string rows_source(const network::Layer& layer, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kFew = 8;
  const std::string in = number(layer.in_channels), out = number(layer.out_channels);
  const std::string positions = number(rows * columns);
  std::string source;
  if (rows * columns % 2 == 0) {
    source +=
        "    x = torch.permute(torch.reshape(torch.permute(x, [0, 2, 3, 1]), [2, -1, 1, " + in + "]), [0, 3, 1, 2])\n";
  }
  source +=
      "    x = torch.permute(torch.conv2d(x, layer.kernel, layer.bias, [1, 1], [0, 0], [2, 2], 1), [0, 2, 3, 1])\n";
  if (rows * columns < kFew) {
    std::string branches =
        "    if x.size(0) == 1:\n        positions = torch.reshape(torch.permute(x, [0, 2, 3, 1]), [" + positions +
        ", " + in + "])\n        x = torch.linear(positions, torch.reshape(layer.kernel, [" + out + ", " + in +
        "]), layer.bias)\n    else:\n";
    source = branches + replaced(source, "    x =", "        x =");
  }
  return source + "    x = torch.permute(torch.reshape(x, [-1, " + number(rows) + ", " + number(columns) + ", " + out +
         "]), [0, 3, 1, 2])\n";
}

/// Calls `layer_source(layer, rows, columns)` for each layer, with the size of its output.
template <typename LayerSource>
std::string layers_source(const network::Description& network, const std::vector<std::int64_t>& taps,
                          LayerSource layer_source) {
  std::string source;
  const auto blocks = network::blocks(network);
  std::int64_t rows = network.input.patch_frames, columns = network.input.mel_bands;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (std::size_t at = blocks[i].first_layer; at <= blocks[i].last_layer(); ++at) {
      const auto& layer = network.layers[at];
      rows = layer.convolved(rows);
      columns = layer.convolved(columns);
      source += "    layer = self." + layer.name + "\n" + layer_source(layer, rows, columns);
    }
    if (is_tapped(taps, i)) source += tap_source(i);
  }
  return source + ending_source(taps);
}

}  // namespace

/// With stride 2 there is one zero more after the end than before it (network::Layer). Batch norm: no gamma.
std::string convolution_source(const network::Description& network) {
  std::string source = R"(
def forward(self, x: Tensor) -> Tensor:
    if self.stride == 2:
        x = torch.constant_pad_nd(x, [0, 1, 0, 1], 0.0)
    x = torch.conv2d(x, self.kernel, None, [self.stride, self.stride], [self.padding, self.padding], [1, 1], self.groups)
    x = torch.batch_norm(x, None, self.beta, self.mean, self.variance, False, 0.0, <epsilon>, False)
)";
  source += network.activation == network::Activation::relu6 ? kRelu6 : "    x = torch.relu(x)\n";
  return replaced(source + "    return x\n", "<epsilon>", real_text(network.batch_norm_epsilon));
}

std::string separable_source() {
  return R"(
def forward(self, x: Tensor) -> Tensor:
    return self.pointwise.forward(self.depthwise.forward(x))
)";
}

std::string network_source(const network::Description& network, const std::vector<std::int64_t>& taps) {
  std::string source = "def forward(self, patches: Tensor) -> Tuple[Tensor, Tensor]:\n    x = patches\n";
  const auto blocks = network::blocks(network);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    source += "    x = self." + blocks[i].name + ".forward(x)\n";
    if (is_tapped(taps, i)) source += tap_source(i);
  }
  return source + ending_source(taps);
}

std::string folded_network_source(const network::Description& network, const std::vector<std::int64_t>& taps) {
  std::string source = "def forward(self, patches: Tensor, dilation: int) -> Tuple[Tensor, Tensor]:\n    x = patches\n";
  source += layers_source(network, taps, [&](const network::Layer& layer, std::int64_t, std::int64_t) {
    return "    x = " + convolution_call(layer, is_pointwise(layer) ? "dilation" : "1") +
           "\n    x = " + activation_call(network.activation, layer.out_channels) + "\n";
  });
  source += R"(
def rows(self, patches: Tensor) -> Tuple[Tensor, Tensor]:
    x = torch.permute(torch.unsqueeze(torch.squeeze(patches, 1), 3), [0, 3, 1, 2])
)";
  return source +
         layers_source(network, taps, [&](const network::Layer& layer, std::int64_t rows, std::int64_t columns) {
           return (is_pointwise(layer) ? rows_source(layer, rows, columns)
                                       : "    x = " + convolution_call(layer, "1") + "\n") +
                  "    x = " + in_place_activation_call(network.activation) + "\n";
         });
}

}  // namespace soundfold::yamnet
