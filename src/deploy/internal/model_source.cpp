// SPDX-License-Identifier: Apache-2.0
#include "deploy/internal/model_source.h"

#include "text/replaced.h"

#include <utility>

namespace soundfold::deploy {
namespace {

/// The checks of a waveform in every method that takes one: throws, or gives True.
constexpr const char* kFits = R"python(
def fits(self, waveform: Tensor) -> bool:
    assert self.backbone.mel_matrix.dtype == 6, "the model computes in float32 only, but its weights were moved to another type; load it again"
    assert waveform.dtype == 6, "the waveform must be float32 with values from -1 to 1; convert it first"
    if waveform.numel() > 0:
        lowest, highest = torch.aminmax(waveform)
        peak = max(-float(lowest), float(highest))
        assert peak <= 3.4e38, "the waveform has samples that are not finite (NaN or infinite)"
        assert peak <= 100.0, "the waveform has values up to {}, but -1 to 1 is expected; if it is int16, divide by 32768".format(peak)
    return True
)python";

/// The waveform is cut into pieces of 16 patches on patch boundaries: memory grows only with the result, and larger
/// pieces are no faster on a CPU. The arithmetic of the cuts is frontend::patch_count() and the recipe's padding rule
/// (the samples that a patch sees for the first, one hop for each further one, zeros at the end).
constexpr const char* kAnalyse = R"python(
def analyse(self, waveform: Tensor) -> Tuple[Tensor, Tensor]:
    assert self.fits(waveform)
    samples, hop = waveform.size(0), <hop> * self.patch_hop_frames
    patches = 1 + min((max(samples, <patch samples>) - <patch samples> + hop - 1) // hop, (max(samples, 1) - 1) // hop)
    embedding_parts: List[Tensor] = []
    score_parts: List[Tensor] = []
    for first in range(0, patches, 16):
        start = min(first * hop, samples)
        end = min((min(first + 16, patches) - 1) * hop + <patch samples>, samples)
        part = self.backbone.forward(waveform.narrow(0, start, max(end - start, 0)))
        score_parts.append(part[0])
        embedding_parts.append(part[1])
    return (torch.cat(embedding_parts), torch.cat(score_parts))
)python";

/// Frames that are centered are mirrored at both ends, which pieces of a waveform do not have.
constexpr const char* kAnalyseWhole = R"python(
def analyse(self, waveform: Tensor) -> Tuple[Tensor, Tensor]:
    assert self.fits(waveform)
    result = self.backbone.forward(waveform)
    return (result[1], result[0])
)python";

/// Rows below one frame (YAMNet: 400 samples, 25 ms) are far more often [samples, channels] than sounds.
constexpr const char* kForward = R"python(
def forward(self, waveform: Tensor, lengths: Optional[Tensor] = None) -> Tensor:
    assert waveform.dim() == 1 or waveform.dim() == 2, "the waveform must be [samples] or [batch, samples] (mono)"
    assert waveform.numel() > 0, "the waveform is empty"
    rows = waveform.unsqueeze(0) if waveform.dim() == 1 else waveform
    count, samples = rows.size(0), rows.size(1)
    if waveform.dim() == 2:
        assert samples >= <frame>, "a batch must be [batch, samples] with <frame> samples or more, but a row has {}; is this [samples, channels]?".format(samples)
    if lengths is not None:
        assert waveform.dim() == 2, "lengths belong to a batch [batch, samples]; one waveform [samples] has its own"
        assert lengths.dim() == 1 and lengths.size(0) == count, "lengths must be [batch], one for each of {} rows".format(count)
        assert not torch.is_floating_point(lengths), "lengths must be whole numbers of samples"
    logits: List[Tensor] = []
    for row in range(count):
        length = samples
        if lengths is not None:
            length = int(lengths[row])
        assert 1 <= length and length <= samples, "the length {} of row {} is not in 1 to {} samples".format(length, row, samples)
        embeddings, scores = self.analyse(rows[row].narrow(0, 0, length))
        logits.append(self.head.forward(<head input>)[0])
    stacked = torch.stack(logits)
    return stacked[0] if waveform.dim() == 1 else stacked
)python";

/// The silence gate (evaluation/silence_gate.h) in the graph: the level of each patch from the samples that it sees,
/// down to -120 dBFS, and what is silent by it or by the score for Silence.
constexpr const char* kSilence = R"python(
def levels(self, waveform: Tensor, patches: int) -> Tensor:
    hop, samples = <hop> * self.patch_hop_frames, waveform.size(0)
    squares: List[Tensor] = []
    for patch in range(patches):
        start = min(<start>, samples)
        seen = waveform.narrow(0, start, min(<patch samples>, samples - start)).double()
        squares.append(torch.sum(seen * seen) / max(seen.size(0), 1))
    return (10.0 * torch.log10(torch.clamp(torch.stack(squares), 1e-12))).float()

def silent(self, levels: Tensor, scores: Tensor) -> Tensor:
    if not self.silence_gate:
        return levels < -1000.0
    silent = levels < self.silence_dbfs
    if self.silence_class >= 0:
        silent = silent | (scores[:, self.silence_class] >= self.silence_score)
    return silent
)python";

/// evaluation::DecisionRule in the graph, with its rounding: the scaled logits are float32, all else is double. dtypes
/// 7 and 11 are double and bool.
constexpr const char* kDecision = R"python(
def calibrated(self, logits: Tensor) -> Tensor:
    scaled = (logits.double() / self.temperature).float().double()
    return torch.sigmoid(scaled) if self.multi_label else torch.softmax(scaled, 0)

def answer(self, probabilities: Tensor, silent: Tensor) -> Tensor:
    order = torch.sort(probabilities, stable=True, dim=0, descending=True)[1]
    answered = torch.ones_like(order, dtype=11)
    if len(self.thresholds) > 0:
        thresholds = torch.tensor(self.thresholds, dtype=7, device=probabilities.device)
        answered = torch.index_select(torch.logical_not(probabilities < thresholds), 0, order)
    if self.negative_class >= 0:
        answered = answered & (order != self.negative_class) & (order[0] != self.negative_class)
    return torch.masked_select(order, answered & torch.logical_not(silent))
)python";

/// How classify and classify_at end.
constexpr const char* kAnswer = R"python(
    embeddings, scores = self.analyse(waveform)
    logits = self.head.forward(<head input>)
    levels = self.levels(waveform, scores.size(0))
    silent = self.silent(levels, scores)
    probabilities = self.calibrated(logits[0])
    named: Dict[str, Tensor] = {"classifier": logits[0], "probabilities": probabilities.float()}
    named["labels"] = self.answer(probabilities, torch.all(silent))
    named["window_logits"] = logits[1]
    named["embeddings"] = embeddings
    named["scores"] = scores
    named["window_levels"] = levels
    named["window_silent"] = silent
    named["silent"] = torch.all(silent)
    return named
)python";

constexpr const char* kClassify = R"python(
def classify(self, waveform: Tensor) -> Dict[str, Tensor]:
    assert waveform.dim() == 1, "classify takes one waveform [samples] (mono); forward takes batches, classify_at channels"
    assert waveform.numel() > 0, "the waveform is empty")python";

/// docs/model_file.md has the formula. Outputs are computed in blocks of `up`, one product of matrices for many blocks:
/// a row of the kernel for each output of a block, over the `taps` samples that the block sees. Ratios like 1 to 3 are
/// taken several times, for products of a size worth calling.
constexpr const char* kResample = R"python(
def resampled(self, waveform: Tensor, rate: int) -> Tensor:
    assert 1000 <= rate and rate <= 768000, "the rate is {} Hz, but 1000 to 768000 are allowed".format(rate)
    if rate == self.sample_rate:
        return waveform
    common = rate
    rest = self.sample_rate
    while rest > 0:
        last = rest
        rest = common % rest
        common = last
    up = self.sample_rate // common
    down = rate // common
    times = max(32 // up, 1)
    up = up * times
    down = down * times
    cut = 0.956 * min(self.sample_rate / rate, 1.0)
    half = int(80.0 / cut) + 1
    taps = down + 2 * half
    assert up * taps <= 4000000, "the rate {} Hz has no short ratio to {} Hz (it is {} to {}); resample first".format(rate, self.sample_rate, down, up)
    starts = torch.arange(up, dtype=7, device=waveform.device) * (down / up)
    x = ((torch.arange(taps, dtype=7, device=waveform.device) - half) - starts.unsqueeze(1)) * (cut * 3.141592653589793) + 1e-30
    c = torch.cos(x / 80.0)
    kernel = torch.sin(x) / x * (0.21747 + c * (0.45325 + c * (0.28256 + c * 0.04672))) * (torch.abs(x) <= 251.32741228718345)
    kernel = (kernel / torch.sum(kernel, [1], True)).float().t()
    samples = waveform.size(0)
    count = max((2 * samples * up + down) // (2 * down), 1)
    blocks = (count + up - 1) // up
    rows = torch.constant_pad_nd(waveform, [half, blocks * down + half - samples], 0.0).unfold(0, taps, down)
    parts: List[Tensor] = []
    for first in range(0, blocks, 1024):
        parts.append(torch.matmul(rows.narrow(0, first, min(1024, blocks - first)), kernel).reshape([-1]))
    return torch.cat(parts).narrow(0, 0, count)
)python";

constexpr const char* kClassifyAt = R"python(
def classify_at(self, waveform: Tensor, rate: int) -> Dict[str, Tensor]:
    assert waveform.dim() == 1 or waveform.dim() == 2, "classify_at takes [samples] or [channels, samples]"
    assert waveform.numel() > 0, "the waveform is empty"
    if waveform.dim() == 2:
        assert waveform.size(0) <= 32, "classify_at takes [channels, samples] with at most 32 channels, but there are {}; is this [samples, channels]?".format(waveform.size(0))
    assert self.fits(waveform)
    if waveform.dim() == 2:
        waveform = torch.mean(waveform, [0])
    waveform = self.resampled(waveform, rate))python";

/// For bindings that read no attributes.
constexpr const char* kFacts = R"python(
def labels(self) -> List[str]:
    return self.class_names

def rate(self) -> int:
    return self.sample_rate
)python";

/// A waveform in blocks, for what is too long for memory: blocks begin where a patch begins.
constexpr const char* kAccumulate = R"python(
def accumulate(self, state: List[Tensor], waveform: Tensor) -> Tuple[List[Tensor], Tensor, Tensor]:
    embeddings, scores = self.analyse(waveform)
    windows = <head input>
    window_logits = self.head.window_logits(windows)
    return (self.head.pool(windows, window_logits, state), window_logits, scores)

def finish(self, state: List[Tensor]) -> Tensor:
    assert len(state) > 0, "finish needs the state that accumulate gave"
    return self.head.finish(state)
)python";

}  // namespace

std::string model_source(head_spec::HeadInput input, const frontend::InputRecipe& recipe) {
  const bool whole = recipe.centered, has_rows = recipe.row_frames > 0;
  const std::string counted = recipe.lost_samples() > 0 ? "(samples - 1)" : "samples";
  const std::string last = "max(1 + " + counted + " // <hop> - " + std::to_string(recipe.patch_frames) + ", 0) * <hop>";
  const auto row = std::to_string(recipe.row_frames * recipe.hop_samples);
  const std::string start = whole ? "min(patch * hop, " + last + ")" : "patch * hop";
  std::string source = std::string(kFits) + (whole ? kAnalyseWhole : kAnalyse) + (whole ? "" : kAccumulate) + kForward;
  source += std::string(kSilence) + kDecision + kResample + kClassify + kAnswer + kClassifyAt + kAnswer + kFacts;
  const std::pair<const char*, std::string> places[] = {
      {"<head input>", input == head_spec::HeadInput::both ? "torch.cat([embeddings, scores], 1)" : name_of(input)},
      {"<start>", has_rows ? "patch * " + row : start},
      {"<hop>", std::to_string(recipe.hop_samples)},
      {"<patch samples>", has_rows ? row : std::to_string(recipe.patch_window_samples())},
      {"<frame>", std::to_string(recipe.window_samples)}};
  for (const auto& [place, text] : places) source = replaced(std::move(source), place, text);
  return source;
}

}  // namespace soundfold::deploy
