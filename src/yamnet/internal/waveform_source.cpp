// SPDX-License-Identifier: Apache-2.0
#include "text/replaced.h"
#include "yamnet/internal/network_source.h"
#include "yamnet/internal/source_text.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace soundfold::yamnet {
namespace {

constexpr const char* kGroup = R"(
        group = self.network.forward(patches.narrow(0, start, min(64, patches.size(0) - start)))
)";

/// Three ways to compute the same (folded_network_source() says why); freezing leaves the last two. Two calls of
/// forward, so that either has a constant when the module is frozen.
constexpr const char* kFoldedGroup = R"(
        part = patches.narrow(0, start, min(64, patches.size(0) - start))
        if self.unfrozen.requires_grad and part.is_cpu:
            group = self.network.rows(part)
        elif part.size(0) > 1 and part.is_cpu:
            group = self.network.forward(part, 2)
        else:
            group = self.network.forward(part, 1)
)";

/// The spectrum is computed in double with a double window: beside a loud tone, the rounding of a float32 FFT moves
/// the log of silent bands by 4e-3 and that of a float32 window by 3e-4; 1e-4 is allowed.
constexpr const char* kMelBands = R"(
        magnitude = torch.abs(torch.fft_rfft(group, <fft>))
        groups.append(<log><magnitude>, self.mel_matrix.double())<offset>.float())
)";

/// The bands are sums of what is not negative, of which float32 loses 1e-6 at most.
constexpr const char* kFoldedMelBands = R"(
        magnitude = torch.abs(torch.fft_rfft(group, <fft>)).float()
        groups.append(<log><magnitude>, self.mel_matrix)<offset>)
)";

constexpr const char* kPad = R"(
def pad(self, waveform: Tensor) -> Tensor:
    assert waveform.dim() == 1, "the waveform must have one dimension [samples] (mono), but it has {}".format(waveform.dim())
    assert waveform.dtype == 6, "the waveform must be float32 with values from -1 to 1; convert it first"
    samples = waveform.size(0)
    hop = <hop> * self.patch_hop_frames
    hops = min((max(samples, <patch samples>) - <patch samples> + hop - 1) // hop, (max(samples, 1) - 1) // hop)
    return torch.constant_pad_nd(waveform, [0, max(<patch samples> + hops * hop - samples, 0)], 0.0)
)";

/// Zeros up to the shortest patch, preemphasis, then half a window mirrored at both ends.
constexpr const char* kCenteredPad = R"(
def pad(self, waveform: Tensor) -> Tensor:
    assert waveform.dim() == 1, "the waveform must have one dimension [samples] (mono), but it has {}".format(waveform.dim())
    assert waveform.dtype == 6, "the waveform must be float32 with values from -1 to 1; convert it first"
    whole = torch.constant_pad_nd(waveform, [0, max(<least samples> - waveform.size(0), 0)], 0.0)<differences>
    return torch.squeeze(torch.reflection_pad1d(torch.unsqueeze(whole, 0), [<window> // 2, <window> // 2]), 0)
)";

const std::string kDifferences = R"(
    last = whole.size(0) - 1
    whole = whole.narrow(0, 1, last) - whole.narrow(0, 0, last) * )";

constexpr const char* kFrames = R"(
def log_mel(self, waveform: Tensor) -> Tensor:
    frames = self.pad(waveform).unfold(0, <window>, <hop>)
    groups: List[Tensor] = []
    for start in range(0, frames.size(0), 1024):
        group = frames.narrow(0, start, min(1024, frames.size(0) - start)).double() * self.window)";

constexpr const char* kPatches = R"(    return torch.cat(groups)

def patches(self, log_mel: Tensor) -> Tensor:
    assert log_mel.dim() == 2 and log_mel.size(1) == <bands>, "log_mel must be [frames, <bands>]"
    assert log_mel.size(0) >= <least>, "log_mel has {} frames, a patch needs <least>".format(log_mel.size(0))
)";

constexpr const char* kWholePatches = R"(
    patches = log_mel.unfold(0, <frames>, self.patch_hop_frames).transpose(1, 2)
    return torch.unsqueeze(<clamped>, 1).contiguous()

)";

/// The last of several patches lies at the end, unless patches are further apart than they are long.
constexpr const char* kShortPatches = R"(
    beyond = max(log_mel.size(0) // <row> * <row> - <frames>, 0)
    hop = self.patch_hop_frames
    hops = beyond // hop
    if hop <= <frames>:
        hops = (beyond + hop - 1) // hop
    parts: List[Tensor] = []
    for i in range(hops + 1):
        parts.append(log_mel.narrow(0, min(i * hop, beyond), min(log_mel.size(0), <frames>)))
    patches = torch.stack(parts)
    return torch.unsqueeze(<clamped>, 1)

)";

constexpr const char* kEmbed = R"(def embed(self, patches: Tensor) -> Tuple[Tensor, Tensor]:
    assert patches.dim() == 4 and patches.size(0) > 0, "patches must be [patches, 1, <frames>, <bands>], at least one"
    assert patches.size(1) == 1 and <frame check> and patches.size(3) == <bands>, "patches must be [patches, 1, <frames>, <bands>]"
    assert patches.dtype == 6, "patches must be float32"
    embeddings: List[Tensor] = []
    scores: List[Tensor] = []
    for start in range(0, patches.size(0), 64):)";

constexpr const char* kForward = R"(        embeddings.append(group[0])
        scores.append(group[1])
    return (torch.cat(embeddings), torch.cat(scores))

def forward(self, waveform: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    log_mel = self.log_mel(waveform)
    result = self.embed(self.patches(log_mel))
    return (<scores>, <embeddings>, log_mel)
)";

/// Of the rows of all patches those that no earlier patch gave.
constexpr const char* kFreshRows = R"(
def fresh_rows(self, rows: Tensor, frames: int) -> Tensor:
    total = frames // <row>
    each = min(total, <frames> // <row>)
    given = each
    parts: List[Tensor] = [rows.narrow(0, 0, each)]
    for patch in range(1, rows.size(0) // each):
        fresh = min(self.patch_hop_frames // <row>, total - given)
        parts.append(rows.narrow(0, (patch + 1) * each - fresh, fresh))
        given += fresh
    return torch.cat(parts)
)";

/// What differs between recipes, by its place in the sources above.
std::vector<std::pair<const char*, std::string>> forms_of(const frontend::InputRecipe& input) {
  const std::string offset = real_text(input.log_offset);
  const std::string peak = "torch.amax(patches, [1, 2], True)";
  return {{"<log>", input.decibels ? "(10.0 * torch.log10(torch.clamp_min(torch.matmul(" : "torch.log(torch.matmul("},
          {"<magnitude>", input.power ? "magnitude * magnitude" : "magnitude"},
          {"<offset>", input.decibels ? ", " + offset + ")))" : " + " + offset + ")"},
          {"<differences>", input.preemphasis > 0 ? kDifferences + real_text(input.preemphasis) : ""},
          {"<clamped>",
           input.top_db > 0 ? "torch.maximum(patches, " + peak + " - " + real_text(input.top_db) + ")" : "patches"},
          {"<scores>", input.row_frames > 0 ? "self.fresh_rows(result[1], log_mel.size(0))" : "result[1]"},
          {"<embeddings>", input.row_frames > 0 ? "self.fresh_rows(result[0], log_mel.size(0))" : "result[0]"},
          {"<frame check>", input.has_short_patches() ? "patches.size(2) >= <least> and patches.size(2) <= <frames>"
                                                      : "patches.size(2) == <frames>"}};
}

std::vector<std::pair<const char*, std::string>> numbers_of(const frontend::InputRecipe& input) {
  const int least = input.has_short_patches() ? input.min_patch_frames : input.patch_frames;
  return {{"<hop>", std::to_string(input.hop_samples)},
          {"<patch samples>", std::to_string(input.patch_window_samples())},
          {"<least samples>", std::to_string(std::int64_t{least - 1} * input.hop_samples + input.lost_samples())},
          {"<window>", std::to_string(input.window_samples)},
          {"<fft>", std::to_string(input.fft_length)},
          {"<bands>", std::to_string(input.mel_bands)},
          {"<least>", std::to_string(least)},
          {"<row>", std::to_string(std::max(1, input.row_frames))},
          {"<frames>", std::to_string(input.patch_frames)}};
}

}  // namespace

/// Frames and patches are worked on in groups, so that memory does not grow with intermediate values of a long
/// waveform. dtype 6 is float32 (c10::ScalarType); the names are not known to the C++ compiler.
std::string waveform_source(const frontend::InputRecipe& input, BatchNorm batch_norm) {
  const bool folded = batch_norm == BatchNorm::folded, shorter = input.has_short_patches();
  std::string source = input.centered ? kCenteredPad : kPad;
  source += std::string(kFrames) + (folded ? kFoldedMelBands : kMelBands) + kPatches;
  source += std::string(shorter ? kShortPatches : kWholePatches).substr(1);
  source += std::string(kEmbed) + (folded ? kFoldedGroup : kGroup);
  source += kForward;
  if (input.row_frames > 0) source += kFreshRows;
  for (const auto& [place, form] : forms_of(input)) source = replaced(std::move(source), place, form);
  for (const auto& [place, number] : numbers_of(input)) source = replaced(std::move(source), place, number);
  return source;
}

}  // namespace soundfold::yamnet
