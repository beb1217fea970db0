// SPDX-License-Identifier: Apache-2.0
#include "assessment/compare_runs.h"

#include "audio/waveform.h"
#include "config/load.h"
#include "dataset/dataset.h"
#include "evaluation/comparison.h"
#include "extraction/clip_waveform.h"
#include "frontend/recipe.h"
#include "report/compare_page.h"
#include "splits/prepare_data.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "yamnet/module_file.h"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>

namespace soundfold::assessment {
namespace {

/// Where the clips of a run are, as its configuration says, and how they are decoded.
struct RunFiles {
  std::map<std::string, dataset::Clip> by_id;
  audio::DecodeOptions decoding;
  frontend::InputRecipe input;  ///< the backbone's where there are stretches, whose windows it decides
  int patch_hop_frames = frontend::kPatchHopFrames;
};

RunFiles files_of_run(const std::string& run) {
  // A member of a sweep or a round has its configuration beside it or above.
  auto folder = std::filesystem::absolute(run);
  while (!std::filesystem::is_regular_file(folder / "config.yaml") && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  const auto file = folder / "config.yaml";
  RunFiles files;
  try {
    const auto experiment = config::stored_experiment(read_file(file), file.string());
    files.decoding = splits::decode_options(experiment.data);
    files.patch_hop_frames = static_cast<int>(experiment.backbone.patch_hop_frames);
    bool has_stretches = false;
    for (auto& clip : dataset::load(splits::data_options(experiment.data)).clips) {
      has_stretches = has_stretches || clip.stretch;
      files.by_id[clip.id] = clip;
    }
    if (has_stretches) files.input = yamnet::weights_from_file(experiment.backbone.weights).network.input;
  } catch (const std::exception& error) {
    logger().warn("the page is without sounds: {}", error.what());
  }
  return files;
}

}  // namespace

int compare_runs(const std::vector<std::string>& runs, const std::string& page, const std::string& page_audio,
                 bool json) {
  std::vector<evaluation::SavedPredictions> predictions;
  for (const auto& run : runs) predictions.push_back(evaluation::saved_predictions(run));
  const auto comparison = evaluation::compare_runs(std::move(predictions));
  if (!page.empty()) {
    const auto files = files_of_run(runs.front());
    report::ComparePage options;
    options.file = [&](const std::string& clip) {
      const auto found = files.by_id.find(clip);
      return found == files.by_id.end() ? std::string() : found->second.path.string();
    };
    options.sound = [&](const std::string& id) {
      audio::DecodeReport ignored;
      const auto& clip = files.by_id.at(id);
      return extraction::clip_waveform(clip.path, clip.stretch, files.decoding, files.input, files.patch_hop_frames,
                                       &ignored);
    };
    write_file_atomically(page, report::compare_page(comparison, options, report::audio_named(page_audio)));
  }
  if (json) {
    std::printf("%s\n", evaluation::comparison_json(comparison).dump(1).c_str());
  } else {
    std::fputs(evaluation::comparison_text(comparison).c_str(), stdout);
  }
  return 0;
}

}  // namespace soundfold::assessment
