// SPDX-License-Identifier: Apache-2.0
#include "yamnet/internal/network_source.h"

#include <algorithm>
#include <iomanip>
#include <sstream>
#include <utility>

namespace soundfold::yamnet {
namespace {

constexpr const char* kConvolution = R"(
    x = torch.conv2d(x, self.kernel, None, [self.stride, self.stride], [self.padding, self.padding], [1, 1], self.groups)
    x = torch.batch_norm(x, None, self.beta, self.mean, self.variance, False, 0.0, <epsilon>, False)
)";

constexpr const char* kFoldedConvolution = R"(
    if self.kernel.size(2) > 1:
        dilation = 1
    x = torch.conv2d(x, self.kernel, self.bias, [self.stride, self.stride], [self.padding, self.padding], [dilation, dilation], self.groups)
)";

/// With optimize_for_inference, LibTorch computes hardtanh and clamp on oneDNN's own tensors, and wrongly where
/// channels do not fill blocks of 16 (seen with 1.13). It leaves clamp_max alone. Freezing makes the choice a constant.
constexpr const char* kRelu6 = R"(
    if self.kernel.size(0) % 16 == 0:
        x = torch.hardtanh(x, 0.0, 6.0)
    else:
        x = torch.clamp_max(torch.relu(x), 6.0)
)";

constexpr const char* kGroup = R"(
        group = self.network.forward(patches.narrow(0, start, min(64, patches.size(0) - start)))
)";

/// LibTorch's dilated kernels are fast for several patches on a CPU, slow for a single one. Two calls, so that either
/// has a constant when the module is frozen.
constexpr const char* kFoldedGroup = R"(
        part = patches.narrow(0, start, min(64, patches.size(0) - start))
        if part.size(0) > 1 and not part.is_cuda:
            group = self.network.forward(part, 2)
        else:
            group = self.network.forward(part, 1)
)";

std::string replaced(std::string text, const std::string& place, const std::string& by) {
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + by.size())) {
    text.replace(at, place.size(), by);
  }
  return text;
}

/// A number as TorchScript reads it: 0.0001, 1e-05.
std::string real_text(double value) {
  std::ostringstream text;
  text << std::setprecision(15) << value;
  return text.str();
}

/// Passes the dilation on.
std::string with_dilation(std::string text) {
  text = replaced(std::move(text), "Tensor) ->", "Tensor, dilation: int) ->");
  return replaced(std::move(text), ".forward(x)", ".forward(x, dilation)");
}

}  // namespace

/// With stride 2 there is one zero more after the end than before it (network::Layer). Batch norm: no gamma.
std::string convolution_source(const network::Description& network, BatchNorm batch_norm) {
  std::string source = R"(
def forward(self, x: Tensor) -> Tensor:
    if self.stride == 2:
        x = torch.constant_pad_nd(x, [0, 1, 0, 1], 0.0))";
  source += batch_norm == BatchNorm::folded ? kFoldedConvolution : kConvolution;
  source += network.activation == network::Activation::relu6 ? kRelu6 : "    x = torch.relu(x)\n";
  source += "    return x\n";
  source = replaced(std::move(source), "<epsilon>", real_text(network.batch_norm_epsilon));
  return batch_norm == BatchNorm::folded ? with_dilation(source) : source;
}

std::string separable_source(BatchNorm batch_norm) {
  const std::string folded = R"(
def forward(self, x: Tensor, dilation: int) -> Tensor:
    return self.pointwise.forward(self.depthwise.forward(x, dilation), dilation)
)";
  const std::string separate = R"(
def forward(self, x: Tensor) -> Tensor:
    return self.pointwise.forward(self.depthwise.forward(x))
)";
  return batch_norm == BatchNorm::folded ? folded : separate;
}

std::string network_source(const network::Description& network, const std::vector<std::int64_t>& taps,
                           BatchNorm batch_norm) {
  std::string source = "def forward(self, patches: Tensor) -> Tuple[Tensor, Tensor]:\n    x = patches\n";
  std::string tapped;
  const auto blocks = network::blocks(network);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    source += "    x = self." + blocks[i].name + ".forward(x)\n";
    if (std::find(taps.begin(), taps.end(), static_cast<std::int64_t>(i + 1)) == taps.end()) continue;
    const std::string name = "tap" + std::to_string(i + 1);
    source += "    " + name + " = torch.cat([torch.mean(x, [2, 3]), torch.amax(x, [2, 3])], 1)\n";
    tapped += ", " + name;
  }
  source += R"(
    embeddings = torch.mean(x, [2, 3])
    scores = torch.sigmoid(torch.linear(embeddings, self.classifier_kernel, self.classifier_bias))
)";
  source += tapped.empty() ? "    return (embeddings, scores)\n"
                           : "    return (torch.cat([embeddings" + tapped + "], 1), scores)\n";
  return batch_norm == BatchNorm::folded ? with_dilation(source) : source;
}

/// Frames and patches are worked on in groups, so that memory does not grow with intermediate values of a long
/// waveform. The spectrum is computed in double with a double window: beside a loud tone, the rounding of a float32
/// FFT moves the log of silent bands by 4e-3 and that of a float32 window by 3e-4; 1e-4 is allowed. dtype 6 is float32
/// (c10::ScalarType); the names are not known to the C++ compiler.
std::string waveform_source(const frontend::InputRecipe& input, BatchNorm batch_norm) {
  const bool folded = batch_norm == BatchNorm::folded;
  const std::string before_group = R"(
def pad(self, waveform: Tensor) -> Tensor:
    assert waveform.dim() == 1, "the waveform must have one dimension [samples] (mono), but it has {}".format(waveform.dim())
    assert waveform.dtype == 6, "the waveform must be float32 with values from -1 to 1; convert it first"
    samples = waveform.size(0)
    hop = <hop> * self.patch_hop_frames
    hops = min((max(samples, <patch samples>) - <patch samples> + hop - 1) // hop, (max(samples, 1) - 1) // hop)
    return torch.constant_pad_nd(waveform, [0, max(<patch samples> + hops * hop - samples, 0)], 0.0)

def log_mel(self, waveform: Tensor) -> Tensor:
    frames = self.pad(waveform).unfold(0, <window>, <hop>)
    groups: List[Tensor] = []
    for start in range(0, frames.size(0), 1024):
        group = frames.narrow(0, start, min(1024, frames.size(0) - start)).double() * self.window
        magnitude = torch.abs(torch.fft_rfft(group, <fft>))
        groups.append(torch.log(torch.matmul(magnitude, self.mel_matrix.double()) + <offset>).float())
    return torch.cat(groups)

def patches(self, log_mel: Tensor) -> Tensor:
    assert log_mel.dim() == 2 and log_mel.size(1) == <bands>, "log_mel must be [frames, <bands>]"
    assert log_mel.size(0) >= <frames>, "log_mel has {} frames, a patch needs <frames>".format(log_mel.size(0))
    return log_mel.unfold(0, <frames>, self.patch_hop_frames).transpose(1, 2).unsqueeze(1).contiguous()

def embed(self, patches: Tensor) -> Tuple[Tensor, Tensor]:
    assert patches.dim() == 4 and patches.size(0) > 0, "patches must be [patches, 1, <frames>, <bands>], at least one"
    assert patches.size(1) == 1 and patches.size(2) == <frames> and patches.size(3) == <bands>, "patches must be [patches, 1, <frames>, <bands>]"
    assert patches.dtype == 6, "patches must be float32"
    embeddings: List[Tensor] = []
    scores: List[Tensor] = []
    for start in range(0, patches.size(0), 64):)";
  const std::string after_group = R"(        embeddings.append(group[0])
        scores.append(group[1])
    return (torch.cat(embeddings), torch.cat(scores))

def forward(self, waveform: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    log_mel = self.log_mel(waveform)
    result = self.embed(self.patches(log_mel))
    return (result[1], result[0], log_mel)
)";
  std::string source = before_group + (folded ? kFoldedGroup : kGroup) + after_group;
  const std::pair<const char*, std::string> numbers[] = {
      {"<hop>", std::to_string(input.hop_samples)},
      {"<patch samples>", std::to_string(input.patch_window_samples())},
      {"<window>", std::to_string(input.window_samples)},
      {"<fft>", std::to_string(input.fft_length)},
      {"<offset>", real_text(input.log_offset)},
      {"<bands>", std::to_string(input.mel_bands)},
      {"<frames>", std::to_string(input.patch_frames)}};
  for (const auto& [place, number] : numbers) source = replaced(std::move(source), place, number);
  return source;
}

}  // namespace soundfold::yamnet
