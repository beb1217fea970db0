// SPDX-License-Identifier: Apache-2.0
#include "extraction/extraction.h"

#include "audio/waveform.h"
#include "extraction/internal/extraction_run.h"
#include "extraction/internal/extraction_worker.h"
#include "frontend/recipe.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "support/threads.h"
#include "text/text.h"

#include <algorithm>
#include <chrono>
#include <sstream>

namespace soundfold::extraction {
namespace {

void check_options(const ExtractionOptions& options, const frontend::InputRecipe& input) {
  const auto refuse = [](const std::string& name, std::int64_t given, const std::string& least) {
    throw UsageError(name + " is " + std::to_string(given) + ", but must be " + least + " or more");
  };
  frontend::check_patch_hop(options.patch_hop_frames, input);
  if (options.threads < 0) refuse("threads", options.threads, "0 (all processors)");
  if (options.max_bad_clips < 0) refuse("max_bad_clips", options.max_bad_clips, "0 (no limit)");
}

}  // namespace

audio::DecodeOptions decode_options(const engines::Backbone& backbone, const ExtractionOptions& options) {
  audio::DecodeOptions decoding;
  decoding.channels = options.channels;
  decoding.sample_rate_hz = backbone.input().sample_rate_hz;
  return decoding;
}

store::Recipe recipe_for(const engines::Backbone& backbone, const ExtractionOptions& options) {
  store::Recipe recipe;
  recipe.weights_digest = backbone.weights_digest();
  recipe.arithmetic = backbone.compute_type().text();
  if (!backbone.outputs().empty()) recipe.arithmetic = backbone.outputs() + ", " + recipe.arithmetic;
  recipe.conformance_number = frontend::kConformanceNumber;
  if (const auto& input = backbone.input(); !frontend::is_yamnet_front_end(input)) {
    recipe.front_end = frontend::front_end_text(input);
  }
  recipe.decode_recipe = audio::decode_recipe(decode_options(backbone, options));
  recipe.patch_hop_frames = options.patch_hop_frames;
  return recipe;
}

ExtractionTotals extract(const ClipSource& clips, engines::Backbone& backbone, store::Store& store,
                         const ExtractionOptions& options, ClipResults& results) {
  check_options(options, backbone.input());
  const auto start = std::chrono::steady_clock::now();
  results = ClipResults(clips.next ? 0 : clips.count);
  ExtractionRun run(clips, backbone, store, options, results);
  const auto wanted = static_cast<std::size_t>(thread_count(options.threads));
  const std::size_t useful = clips.next ? wanted : std::min(wanted, clips.count);
  run_on_threads(std::max<std::size_t>(1, useful), [&] { ExtractionWorker(run).work(); });
  ExtractionTotals totals = run.finish();
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return totals;
}

ExtractionReport extract(const std::vector<ClipFile>& clips, engines::Backbone& backbone, store::Store& store,
                         const ExtractionOptions& options) {
  const ClipSource source{clips.size(), [&](std::size_t index) { return clips[index]; }};
  ClipResults results;
  ExtractionReport report;
  static_cast<ExtractionTotals&>(report) = extract(source, backbone, store, options, results);
  report.clips.reserve(clips.size());
  for (std::size_t i = 0; i < clips.size(); ++i) report.clips.push_back(results.at(i));
  return report;
}

std::string ExtractionTotals::summary() const {
  const std::string total = std::to_string(clip_count);
  std::string text;
  if (computed == 0) {
    text = std::to_string(from_store) + "/" + total + " clips from the store";
  } else {
    const double speed = seconds > 0 ? audio_seconds_computed / seconds : 0;
    text = std::to_string(computed) + "/" + total + " clips extracted in " + fixed(seconds, 1) + " s (" +
           fixed(speed, 0) + " s of sound per second)";
    if (from_store > 0) text += ", " + std::to_string(from_store) + " from the store";
  }
  if (recomputed_damaged > 0) text += ", " + std::to_string(recomputed_damaged) + " of them damaged records recomputed";
  if (channels_cancel > 0) text += ", " + std::to_string(channels_cancel) + " whose channels cancel each other";
  if (bad > 0) text += ", " + std::to_string(bad) + " bad";
  return text;
}

std::string stretch_digest(const std::string& audio_digest, const std::optional<frontend::Stretch>& stretch) {
  if (!stretch) return audio_digest;
  std::ostringstream text;
  text.precision(17);
  text << audio_digest << " " << stretch->start_s << " " << stretch->end_s << " " << stretch->window_share << " "
       << stretch->event_share;
  return hash_bytes(HashKind::xxh3_128, text.str());
}

}  // namespace soundfold::extraction
