// SPDX-License-Identifier: Apache-2.0
#include "assessment/evaluation_set.h"

#include "dataset/wording.h"
#include "splits/prepare_data.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace soundfold::assessment {
namespace {

constexpr std::int64_t kUnknown = -1;
constexpr std::size_t kNamesShown = 10;

/// For each class of the data the model's class of that name.
std::vector<std::int64_t> matched_classes(const deploy::Model& model, const dataset::Dataset& data) {
  std::vector<std::int64_t> matched;
  for (const auto& own : data.class_names) {
    const auto found = find_name(own, model.class_names());
    matched.push_back(found ? static_cast<std::int64_t>(*found) : kUnknown);
  }
  return matched;
}

/// A foreign model that does not name its classes is taken to have those of the data, in their order.
std::vector<std::int64_t> classes_in_order(const deploy::Model& model, const dataset::Dataset& data) {
  if (model.class_names().size() != data.class_names.size()) {
    throw UsageError("the model does not name its " + std::to_string(model.class_names().size()) +
                     " classes and the data have " + std::to_string(data.class_names.size()) +
                     "; choose data.classes in the model's order");
  }
  logger().warn("the model does not name its classes; their order is taken to be that of the data: {}",
                join(data.class_names));
  std::vector<std::int64_t> order(data.class_names.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

void check_kinds(const deploy::Model& model, const dataset::Dataset& data, const std::vector<std::int64_t>& matched) {
  if (data.multi_label && !model.multi_label()) {
    throw UsageError("the model gives one class per clip, and the clips of " + data.name +
                     " have any number of labels (data.multi_label); they cannot be compared");
  }
  if (std::all_of(matched.begin(), matched.end(), [](std::int64_t number) { return number == kUnknown; })) {
    throw UsageError("the model has none of the classes of the data: it knows " +
                     dataset::joined(model.class_names(), kNamesShown) + ", the data have " +
                     dataset::joined(data.class_names, kNamesShown));
  }
}

/// The clip with the model's labels; nothing when it has none of them and needs one.
std::optional<dataset::Clip> relabelled(const dataset::Clip& clip, const std::vector<std::int64_t>& matched,
                                        bool multi_label, std::map<std::int64_t, std::size_t>& unknown) {
  dataset::Clip own = clip;
  own.labels.clear();
  for (const auto label : clip.labels) {
    const auto number = matched[static_cast<std::size_t>(label)];
    if (number == kUnknown) {
      ++unknown[label];
    } else {
      own.labels.push_back(number);
    }
  }
  std::sort(own.labels.begin(), own.labels.end());
  own.labels.erase(std::unique(own.labels.begin(), own.labels.end()), own.labels.end());
  if (own.labels.empty() && !multi_label) return std::nullopt;
  return own;
}

/// "left out 12 clips of 2 classes that the model does not have: bird, cow".
std::string unknown_text(const std::map<std::int64_t, std::size_t>& unknown, const dataset::Dataset& data) {
  std::vector<std::string> names;
  std::size_t count = 0;
  for (const auto& [label, clips] : unknown) {
    names.push_back(data.class_names[static_cast<std::size_t>(label)]);
    count += clips;
  }
  return "left out " + dataset::counted(count, data.multi_label ? "label" : "clip") + " of " +
         dataset::counted(names.size(), "class") +
         " that the model does not have: " + dataset::joined(names, kNamesShown);
}

EvaluationSet labelled_set(const deploy::Model& model, const dataset::Dataset& data,
                           const std::vector<std::size_t>& chosen) {
  const auto matched = model.names_are_known() ? matched_classes(model, data) : classes_in_order(model, data);
  check_kinds(model, data, matched);
  EvaluationSet set;
  // A foreign model's probabilities of classes that exclude each other are compared as such.
  set.multi_label = data.multi_label || (model.multi_label() && !model.is_foreign());
  std::map<std::int64_t, std::size_t> unknown;
  for (const auto index : chosen) {
    if (auto clip = relabelled(data.clips[index], matched, data.multi_label, unknown)) {
      set.clips.push_back(*std::move(clip));
    }
  }
  if (!unknown.empty()) set.notes.push_back(unknown_text(unknown, data));
  return set;
}

std::vector<std::size_t> all_of(const dataset::Dataset& data) {
  std::vector<std::size_t> all(data.clips.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

EvaluationSet evaluation_set(const deploy::Model& model, const config::Experiment& experiment,
                             const std::optional<dataset::Split>& split) {
  EvaluationSet set;
  std::string description;
  if (split) {
    const auto data = splits::prepare_data(experiment);
    set = labelled_set(model, *data.dataset, data.splits.of(*split));
    description = data.dataset->description + "; " + dataset::split_name(*split) + " split";
    if (set.clips.empty() && experiment.protocol.cross_validates()) {
      throw UsageError(std::string("the ") + dataset::split_name(*split) +
                       " split has no clips: the model of a cross-validation is trained on all folds, and its rounds "
                       "(report.txt in the run's folder) estimate its accuracy; give a FOLDER of other sounds, or "
                       "--split all, which takes every clip of the data");
    }
    if (set.clips.empty()) {
      throw UsageError(std::string("the ") + dataset::split_name(*split) +
                       " split has no clips; --split all takes every clip of the data");
    }
  } else {
    const auto data = dataset::load(splits::data_options(experiment.data));
    set = labelled_set(model, data, all_of(data));
    description = data.description + "; all clips";
  }
  set.description = description + ", " + dataset::counted(set.clips.size(), "clip");
  set.decoding = splits::decode_options(experiment.data, model.input().sample_rate_hz);
  set.skip_bad = experiment.data.on_bad_clip == config::BadClips::skip;
  return set;
}

EvaluationSet evaluation_set(const deploy::Model& model, const std::filesystem::path& folder) {
  dataset::DataOptions options;
  options.layout =
      std::filesystem::exists(folder / "meta/esc50.csv") ? dataset::Layout::esc50 : dataset::Layout::folders;
  options.root = folder;
  const auto data = dataset::load(options);
  auto set = labelled_set(model, data, all_of(data));
  set.description = data.description + "; all clips, " + dataset::counted(set.clips.size(), "clip");
  set.decoding.sample_rate_hz = model.input().sample_rate_hz;
  const auto channels = model.metadata().value("channels", nlohmann::json());
  if (channels.is_string()) set.decoding.channels = audio::channels_named(channels.get<std::string>());
  set.skip_bad = true;
  return set;
}

}  // namespace soundfold::assessment
