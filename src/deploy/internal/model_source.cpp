// SPDX-License-Identifier: Apache-2.0
#include "deploy/internal/model_source.h"

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
def analyse(self, waveform: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    assert self.fits(waveform)
    samples = waveform.size(0)
    hop = <hop> * self.patch_hop_frames
    patches = 1 + min((max(samples, <patch samples>) - <patch samples> + hop - 1) // hop, (max(samples, 1) - 1) // hop)
    embedding_parts: List[Tensor] = []
    score_parts: List[Tensor] = []
    for first in range(0, patches, 16):
        start = min(first * hop, samples)
        end = min((min(first + 16, patches) - 1) * hop + <patch samples>, samples)
        part = self.backbone.forward(waveform.narrow(0, start, max(end - start, 0)))
        score_parts.append(part[0])
        embedding_parts.append(part[1])
    embeddings = torch.cat(embedding_parts)
    scores = torch.cat(score_parts)
    logits = self.head.forward(<head input>)
    return (logits[0], logits[1], embeddings, scores)
)python";

/// Rows below one frame (YAMNet: 400 samples, 25 ms) are far more often [samples, channels] than sounds.
constexpr const char* kForward = R"python(
def forward(self, waveform: Tensor, lengths: Optional[Tensor] = None) -> Tensor:
    assert waveform.dim() == 1 or waveform.dim() == 2, "the waveform must be [samples] or [batch, samples] (mono)"
    assert waveform.numel() > 0, "the waveform is empty"
    rows = waveform.unsqueeze(0) if waveform.dim() == 1 else waveform
    count = rows.size(0)
    samples = rows.size(1)
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
        logits.append(self.analyse(rows[row].narrow(0, 0, length))[0])
    stacked = torch.stack(logits)
    return stacked[0] if waveform.dim() == 1 else stacked
)python";

/// The silence gate (evaluation/silence_gate.h) in the graph: the level of each patch from the samples that it sees,
/// down to -120 dBFS, and what is silent by it or by the score for Silence.
constexpr const char* kSilence = R"python(
def levels(self, waveform: Tensor, patches: int) -> Tensor:
    hop = <hop> * self.patch_hop_frames
    samples = waveform.size(0)
    squares: List[Tensor] = []
    for patch in range(patches):
        start = min(patch * hop, samples)
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

constexpr const char* kClassify = R"python(
def classify(self, waveform: Tensor) -> Dict[str, Tensor]:
    assert waveform.dim() == 1, "classify takes one waveform [samples] (mono); forward takes batches"
    assert waveform.numel() > 0, "the waveform is empty"
    result = self.analyse(waveform)
    probabilities = torch.sigmoid(result[0]) if self.multi_label else torch.softmax(result[0], 0)
    named: Dict[str, Tensor] = {"classifier": result[0], "probabilities": probabilities}
    named["frame_logits"] = result[1]
    named["embeddings"] = result[2]
    named["scores"] = result[3]
    levels = self.levels(waveform, result[3].size(0))
    silent = self.silent(levels, result[3])
    named["frame_levels"] = levels
    named["frame_silent"] = silent
    named["silent"] = torch.all(silent)
    return named
)python";

/// A waveform in blocks, for what is too long for memory: blocks begin where a patch begins.
constexpr const char* kAccumulate = R"python(
def accumulate(self, state: List[Tensor], waveform: Tensor) -> Tuple[List[Tensor], Tensor, Tensor]:
    assert self.fits(waveform)
    part = self.backbone.forward(waveform)
    scores = part[0]
    embeddings = part[1]
    frames = <head input>
    frame_logits = self.head.frame_logits(frames)
    return (self.head.pool(frames, frame_logits, state), frame_logits, scores)

def finish(self, state: List[Tensor]) -> Tensor:
    assert len(state) > 0, "finish needs the state that accumulate gave"
    return self.head.finish(state)
)python";

/// All places of that name filled in.
std::string with_filled(std::string source, const std::string& place, const std::string& text) {
  for (auto at = source.find(place); at != std::string::npos; at = source.find(place, at + text.size())) {
    source.replace(at, place.size(), text);
  }
  return source;
}

}  // namespace

std::string model_source(head_spec::HeadInput input, const frontend::InputRecipe& recipe) {
  std::string source = std::string(kFits) + kAnalyse + kAccumulate + kForward + kSilence + kClassify;
  source = with_filled(std::move(source), "<head input>",
                       input == head_spec::HeadInput::both ? "torch.cat([embeddings, scores], 1)" : name_of(input));
  source = with_filled(std::move(source), "<hop>", std::to_string(recipe.hop_samples));
  source = with_filled(std::move(source), "<patch samples>", std::to_string(recipe.patch_window_samples()));
  return with_filled(std::move(source), "<frame>", std::to_string(recipe.window_samples));
}

}  // namespace soundfold::deploy
