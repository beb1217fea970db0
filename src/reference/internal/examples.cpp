// SPDX-License-Identifier: Apache-2.0
#include "reference/internal/examples.h"

#include "yaml/yaml_value.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace soundfold::reference {
namespace {

/// What an option of strings or of lists is usually set to, and numbers where the rules below give an odd one.
const std::map<std::string, std::string>& usual_values() {
  static const std::map<std::string, std::string> values = {
      {"name", "my_sounds"},
      {"data.root", "data/my_sounds"},
      {"data.manifest", "data/my_sounds.csv"},
      {"data.columns.path", "filename"},
      {"data.columns.label", "category"},
      {"data.columns.fold", "part"},
      {"data.columns.source", "recording"},
      {"data.classes", "[dog, cat]"},
      {"data.other_class", "other"},
      {"data.negative_class", "other"},
      {"folds.train", "[1, 2]"},
      {"folds.validation", "[3]"},
      {"folds.test", "[4]"},
      {"folds.validation_fraction", "0.1"},
      {"folds.test_fraction", "0.25"},
      {"protocol.folds", "[1, 2, 3]"},
      {"backbone.weights", "data/soundfold-small.pt"},
      {"backbone.device", "cuda"},
      {"backbone.taps", "[8]"},
      {"store.folder", "data/my_embeddings"},
      {"head.hidden", "[256, 64]"},
      {"head.dropout", "0.3"},
      {"head.known_classes", "{dog: [Dog, Bark]}"},
      {"head.known_class_weight", "auto"},
      {"objective.label_smoothing", "0.1"},
      {"objective.class_weight_values", "[1, 2.5]"},
      {"student.channels", "[16, 32, 64]"},
      {"distillation.folders", "[data/more_sounds]"},
      {"optimizer.momentum", "0.95"},
      {"augmentation.noise_folder", "data/noise"},
      {"augmentation.room_folder", "data/rooms"},
      {"augmentation.filter_db", "6"},
      {"augmentation.mask_bands", "8"},
      {"augmentation.mask_frames", "16"},
      {"early_stopping.min_delta", "0.001"},
      {"run.folder", "my_experiments"},
      {"run.device", "cpu"},
      {"training.ema_decay", "0.99"},
  };
  return values;
}

/// Twice the default within the limits, half of it when that is above; 1, or the middle of a share, when it is 0.
double other_number(const config::Option& option, double value) {
  if (value == 0) return option.maximum <= 1 ? option.maximum / 2 : std::min(option.maximum, 1.0);
  const double twice = value * 2;
  return twice >= option.minimum && twice <= option.maximum ? twice : value / 2;
}

}  // namespace

std::string example_value(const config::Option& option) {
  if (const auto found = usual_values().find(option.key); found != usual_values().end()) return found->second;
  if (const auto* flag = std::get_if<bool*>(&option.target)) return **flag ? "false" : "true";
  if (const auto* number = std::get_if<double*>(&option.target)) return yaml_text(other_number(option, **number));
  if (const auto* count = std::get_if<std::int64_t*>(&option.target)) {
    return std::to_string(std::llround(other_number(option, static_cast<double>(**count))));
  }
  if (const auto* choice = std::get_if<Choice>(&option.target)) {
    const auto other = std::find_if(choice->names.begin(), choice->names.end(),
                                    [&](const std::string& name) { return name != choice->name(); });
    if (other != choice->names.end()) return *other;
  }
  return config::value_text(option);
}

}  // namespace soundfold::reference
