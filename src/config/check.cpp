// SPDX-License-Identifier: Apache-2.0
#include "config/internal/relevance.h"
#include "config/load.h"
#include "support/errors.h"
#include "text/names.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace soundfold::config {
namespace {

void check_folds(const Folds& folds, const std::string& where) {
  if (folds.train.empty()) throw UsageError(where + ": folds.train: must name at least one fold");
  std::map<std::int64_t, std::string> used;
  const auto claim = [&](const std::vector<std::int64_t>& numbers, const std::string& key) {
    for (const auto fold : numbers) {
      const auto [at, fresh] = used.emplace(fold, key);
      if (fresh) continue;
      throw UsageError(where + ": fold " + std::to_string(fold) + " is in " + at->second +
                       (at->second == key ? " twice" : " and in " + key) + "; a fold belongs to one split");
    }
  };
  claim(folds.train, "folds.train");
  claim(folds.validation, "folds.validation");
  claim(folds.test, "folds.test");
  if (folds.validation_fraction + folds.test_fraction > 0.95) {
    throw UsageError(where + ": folds.validation_fraction and folds.test_fraction leave too little to train on");
  }
}

void check_name(const std::string& name, const std::string& where) {
  const bool good =
      !name.empty() && name[0] != '.' &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == std::string::npos;
  if (!good)
    throw UsageError(where + ": name: letters, digits, '_', '-' and '.' only (it names a folder); given: " + name);
}

void check_objective(const Experiment& e, const std::string& where) {
  const bool binary = e.objective.type == "binary_cross_entropy";
  if (e.data.multi_label && !binary) {
    throw UsageError(where +
                     ": data.multi_label needs objective.type: binary_cross_entropy; given: " + e.objective.type);
  }
  const bool given = e.objective.class_weights == "given";
  if (given != !e.objective.class_weight_values.empty()) {
    throw UsageError(where +
                     ": objective.class_weight_values goes with objective.class_weights: given, and only with it");
  }
}

/// Other frames in training than in use would be a pooled clip unlike any that the model will ever see.
void check_silence(const Experiment& e, const std::string& where) {
  if (e.silence.frames == "keep") return;
  if (e.augmentation.fresh_share > 0) {
    throw UsageError(where + ": augmentation.fresh_share needs silence.frames: keep; given: " + e.silence.frames +
                     " (which frames are silent is found once, in the recordings)");
  }
  if (e.head.pooling == "frame") return;
  throw UsageError(where + ": silence.frames: " + e.silence.frames +
                   " goes with head.pooling: frame only; given: " + e.head.pooling);
}

void check_precision(const Backbone& b, const std::string& where) {
  const bool plain = b.precision == "auto" || b.precision == "float32";
  if (b.engine != "torchscript" || plain) return;
  throw UsageError(where + ": backbone.precision: " + b.precision +
                   " needs backbone.engine: onednn or auto; given: torchscript");
}

void check_augmentation(const Augmentation& a, const std::string& where) {
  if (a.noise_snr_db_min > a.noise_snr_db_max) {
    throw UsageError(where + ": augmentation.noise_snr_db_min is above augmentation.noise_snr_db_max");
  }
  const bool changes =
      a.gain_db > 0 || a.shift_s > 0 || a.speed_percent > 0 || a.time_mask_s > 0 || !a.noise_folder.empty();
  if ((a.waveform_variants > 0 || a.fresh_share > 0) && !changes) {
    throw UsageError(where + ": augmentation." + (a.fresh_share > 0 ? "fresh_share" : "waveform_variants") +
                     ": nothing changes the clips; set at least one of " +
                     "augmentation.gain_db, shift_s, speed_percent, noise_folder, time_mask_s");
  }
  if (a.waveform_variants > 0 && a.fresh_share > 0) {
    throw UsageError(where + ": augmentation.fresh_share and augmentation.waveform_variants: give one of them; the " +
                     "first augments clips in each epoch, the second stores their variants");
  }
}

void check_known_classes(const Head& head, const std::string& where) {
  if (head.known_classes.empty() || head.input != "scores") return;
  throw UsageError(where + ": head.known_classes needs head.input: embeddings or both; given: " + head.input);
}

/// The frozen blocks before the trained ones run in LibTorch's float32 and give no scores.
void check_backbone_training(const Experiment& e, const std::string& where) {
  const auto& b = e.backbone;
  if (!b.taps.empty() && (b.train != "none" || e.head.input == "scores")) {
    throw UsageError(where + ": backbone.taps goes with backbone.train: none and head.input: embeddings or both");
  }
  if (b.train == "none") return;
  const auto refuse = [&](const std::string& what) {
    throw UsageError(where + ": backbone.train: " + b.train + " " + what);
  };
  if (b.engine != "auto" && b.engine != "torchscript") {
    refuse("needs backbone.engine: auto or torchscript; given: " + b.engine);
  }
  if (b.precision != "auto" && b.precision != "float32") {
    refuse("needs backbone.precision: auto or float32; given: " + b.precision);
  }
  if (e.silence.frames != "keep" && e.silence.measure == "score") {
    refuse("has no scores to find silence by; use silence.measure: level");
  }
}

/// Distillation trains no classifier, so options about one do not apply.
void check_distillation(const Experiment& e, const std::string& where) {
  if (e.objective.type != "distill") return;
  const auto refuse = [&](const std::string& key, const std::string& given) {
    throw UsageError(where + ": objective.type: distill cannot be combined with " + key + ": " + given);
  };
  if (e.protocol.type != "fixed") refuse("protocol.type", e.protocol.type);
  if (e.backbone.train != "none") refuse("backbone.train", e.backbone.train);
  if (!e.sweep.empty()) refuse("a sweep", "there is one");
  if (e.calibration.temperature || e.calibration.thresholds) refuse("calibration", "true");
  if (e.distillation.leave_out_esc10 && (!e.distillation.data || e.data.layout != "esc50" || e.data.esc10)) {
    throw UsageError(where + ": distillation.leave_out_esc10 needs distillation.data, data.layout: esc50 and no " +
                     "data.esc10");
  }
}

/// What there is to do about missing validation clips; empty when there are some, or when it depends on the data.
std::string without_validation(const Experiment& e) {
  if (cross_validates(e)) return e.protocol.validation == "none" ? "protocol.validation, which is none" : "";
  return e.data.layout == "esc50" && e.folds.validation.empty() ? "folds.validation, which is empty" : "";
}

void check_calibration(const Experiment& e, const std::string& where) {
  const bool wanted = e.calibration.temperature || e.calibration.thresholds;
  if (const auto missing = without_validation(e); wanted && !missing.empty()) {
    throw UsageError(where + ": calibration needs validation clips: " + missing + "; give a fold");
  }
}

void check_negative_class(const Data& data, const std::string& where) {
  if (data.negative_class.empty() || data.classes.empty()) return;
  auto names = data.classes;
  names.push_back(data.other_class);
  if (find_name(data.negative_class, names)) return;
  throw UsageError(where + ": data.negative_class: " + data.negative_class +
                   " is not in data.classes; add it there, or make it data.other_class");
}

/// What gathers or keeps the clips of classes that are not chosen.
void check_unchosen(const Data& data, const std::string& where) {
  if (!data.other_class.empty() && data.multi_label) {
    throw UsageError(where + ": data.other_class is for one label per clip; with data.multi_label use " +
                     "data.keep_unlabelled");
  }
  if (!data.other_class.empty() && data.classes.empty()) {
    throw UsageError(where + ": data.other_class: " + data.other_class +
                     " gathers the classes that are not chosen; name those that are in data.classes");
  }
  if (data.keep_unlabelled && !data.multi_label) {
    throw UsageError(where + ": data.keep_unlabelled needs data.multi_label: true; with one label per clip use " +
                     "data.other_class");
  }
}

void check_columns(const Data& data, const std::string& where) {
  const auto& columns = data.columns;
  if (data.layout == "csv" || (columns.path + columns.label + columns.fold + columns.source).empty()) return;
  throw UsageError(where + ": data.columns goes with data.layout: csv only; given: " + data.layout);
}

bool watches_validation(const Experiment& e) {
  return e.early_stopping.monitor.rfind("validation_", 0) == 0;
}

void check_protocol(const Experiment& e, const std::string& where) {
  if (!cross_validates(e)) return;
  const auto& p = e.protocol;
  if (std::set<std::int64_t>(p.folds.begin(), p.folds.end()).size() < p.folds.size()) {
    throw UsageError(where + ": protocol.folds: a fold appears twice");
  }
  const std::size_t needed = p.validation == "none" ? 2 : 3;
  if (p.folds_from == "sources" && p.fold_count < static_cast<std::int64_t>(needed)) {
    throw UsageError(where + ": protocol.fold_count: cross-validation that validates needs at least 3 folds " +
                     "(test, validation, train); given: " + std::to_string(p.fold_count));
  }
  if (p.folds_from != "data" && !p.folds.empty()) {
    throw UsageError(where + ": protocol.folds chooses among the folds of the data; protocol.folds_from: " +
                     p.folds_from + " makes others");
  }
  if (!p.folds.empty() && p.folds.size() < needed) {
    throw UsageError(where + ": protocol.folds: cross-validation needs at least " + std::to_string(needed) + " folds" +
                     (needed == 3 ? " when it validates (test, validation, train)" : "") +
                     "; given: " + std::to_string(p.folds.size()));
  }
  if (p.final_model == "all_folds" && e.schedule.type == "reduce_on_plateau" && watches_validation(e)) {
    throw UsageError(where + ": protocol.final_model: all_folds has no validation fold, which schedule.type: " +
                     "reduce_on_plateau would watch; use another schedule, or monitor loss");
  }
}

void check_monitor(const Experiment& e, const std::string& where) {
  const auto missing = without_validation(e);
  if (missing.empty() || !watches_validation(e)) return;
  if (!e.early_stopping.enabled && e.schedule.type != "reduce_on_plateau") return;
  throw UsageError(where + ": early_stopping.monitor: " + e.early_stopping.monitor + " needs " + missing +
                   "; use loss or accuracy, or give a fold");
}

/// Every member, so that none fails after hours.
void check_sweep(const Experiment& e, const std::string& where) {
  if (e.sweep.empty()) return;
  if (const auto missing = without_validation(e); !missing.empty()) {
    throw UsageError(where + ": sweep.metric: " + e.sweep.metric + " needs " + missing + "; give a fold");
  }
  std::map<std::string, std::string> idle;  // swept keys without effect so far, with what they need
  for (const auto& key : sweep_keys(e.sweep)) idle[key] = "";
  for (const auto& member : sweep_members(e)) {
    const auto own = member_experiment(e, member);
    for (auto key = idle.begin(); key != idle.end();) {
      key->second = missing_for(key->first, own);
      key = key->second.empty() ? idle.erase(key) : std::next(key);
    }
  }
  if (idle.empty()) return;
  const auto& [key, needed] = *idle.begin();
  throw UsageError(where + ": sweep: " + key + " has no effect in any member; it needs " + needed);
}

/// A rate of 0 would let a whole training pass without a change.
void check_rates(const Experiment& e, const std::string& where) {
  if (e.optimizer.learning_rate <= 0) {
    throw UsageError(where + ": optimizer.learning_rate: 0 trains nothing; give a rate above 0");
  }
  if (e.backbone.train != "none" && e.backbone.learning_rate <= 0) {
    throw UsageError(where + ": backbone.learning_rate: 0 leaves the network as it is; give a rate above 0, or " +
                     "backbone.train: none");
  }
}

}  // namespace

void check_experiment(const Experiment& e, const std::string& where) {
  check_name(e.name, where);
  check_folds(e.folds, where);
  check_objective(e, where);
  check_rates(e, where);
  check_silence(e, where);
  check_precision(e.backbone, where);
  check_augmentation(e.augmentation, where);
  check_calibration(e, where);
  check_negative_class(e.data, where);
  check_unchosen(e.data, where);
  check_columns(e.data, where);
  check_backbone_training(e, where);
  check_known_classes(e.head, where);
  check_distillation(e, where);
  if (e.data.layout == "csv" && e.data.manifest.empty()) {
    throw UsageError(where + ": data.layout: csv needs data.manifest, the CSV file that lists the clips");
  }
  if (e.data.layout != "esc50" && e.data.esc10)
    throw UsageError(where + ": data.esc10 goes with data.layout: esc50 only");
  if (e.data.layout != "csv" && e.data.multi_label)
    throw UsageError(where + ": data.multi_label goes with data.layout: csv only");
  check_protocol(e, where);
  check_monitor(e, where);
  check_sweep(e, where);
}

}  // namespace soundfold::config
