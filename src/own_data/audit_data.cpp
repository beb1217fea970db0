// SPDX-License-Identifier: Apache-2.0
#include "own_data/audit_data.h"

#include "audio/waveform.h"
#include "audit/findings_text.h"
#include "audit/material.h"
#include "device/device.h"
#include "engines/torchscript_engine.h"
#include "extraction/clip_waveform.h"
#include "extraction/extraction.h"
#include "frontend/recipe.h"
#include "own_data/internal/split_parts.h"
#include "own_data/small_weights.h"
#include "report/audit_section.h"
#include "splits/prepare_data.h"
#include "store/store.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "yamnet/load_backbone.h"

#include <cstdio>
#include <memory>
#include <utility>

namespace soundfold::own_data {
namespace {

/// The whole network, with backbone.train too: the clips are compared by its embeddings.
std::unique_ptr<engines::Backbone> backbone_of(const config::Experiment& experiment) {
  use_one_torch_thread();
  const auto& settings = experiment.backbone;
  const auto device = use_device(settings.device == "same" ? experiment.run.device : settings.device);
  engines::BackboneOptions options;
  options.engine = settings.engine;
  options.precision = settings.precision;
  options.device = engines::device_of(device);
  options.taps = settings.taps;
  options.threads = 1;
  return yamnet::load_backbone(settings.weights, options);
}

/// What is looked at, and how the backbone takes it.
struct AuditedData {
  audit::Material material;
  frontend::InputRecipe input;
  std::string problem;  ///< why training would refuse it
};

AuditedData audited_data(const config::Experiment& experiment) {
  auto split = split_parts(experiment);
  const auto backbone = backbone_of(experiment);
  store::Store store(experiment.store.folder);
  extraction::ExtractionOptions options;
  options.patch_hop_frames = static_cast<int>(experiment.backbone.patch_hop_frames);
  options.channels = splits::decode_options(experiment.data).channels;
  options.threads = static_cast<int>(experiment.run.threads);
  options.skip_bad_clips = true;
  const auto& clips = split.data.clips;
  std::vector<extraction::ClipFile> files;
  for (const auto& clip : clips) {
    files.push_back(extraction::file_of(clip.id, clip.path, clip.stretch, backbone->input()));
  }
  const auto extracted = extraction::extract(files, *backbone, store, options);
  std::vector<audit::EmbeddedClip> embedded;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const auto own = extraction::clip_of(extracted.clips[i], clips[i].stretch, backbone->input(), options);
    embedded.push_back({own.key, own.problem, own.first_patch, own.patch_count, own.file_digest});
  }
  return {
      audit::gather(std::move(split.data), std::move(split.parts), std::move(embedded), store, true, options.threads),
      backbone->input(), split.problem};
}

}  // namespace

int audit_data(const config::Experiment& experiment, const std::string& page, bool json) {
  provide_weights(experiment.backbone.weights);
  auto [material, input, problem] = audited_data(experiment);
  material.in_class_folders = experiment.data.layout == config::Layout::folders;
  auto found = audit::find_all(material);
  if (!problem.empty()) found.notes.insert(found.notes.begin(), "training would refuse these data: " + problem);
  if (!page.empty()) {
    const auto decoding = splits::decode_options(experiment.data);
    const auto hop = static_cast<int>(experiment.backbone.patch_hop_frames);
    const auto sound = [&, recipe = input](std::size_t clip) {
      audio::DecodeReport ignored;
      const auto& own = found.clips[clip];
      return extraction::clip_waveform(own.path, own.stretch, decoding, recipe, hop, &ignored);
    };
    write_file_atomically(page, report::audit_page(found, sound, report::ReportAudio::embed));
    logger().info("page: {}", page);
  }
  const auto text =
      json ? audit::findings_json(found).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
           : audit::findings_text(found);
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace soundfold::own_data
