// SPDX-License-Identifier: Apache-2.0
#include "config/check.h"

#include "config/relevance.h"
#include "support/errors.h"
#include "text/names.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace soundfold::config {
namespace {

/// Throws what is wrong, after the place where it was written.
struct Refuse {
  const WhereOf& where_of;
  void operator()(bool wrong, const std::string& text) const {
    if (wrong) throw UsageError(where_of(text) + ": " + text);
  }
};

void check_folds(const Folds& folds, const Refuse& refuse) {
  refuse(folds.train.empty(), "folds.train: must name at least one fold");
  std::map<std::int64_t, std::string> used;
  const auto claim = [&](const std::vector<std::int64_t>& numbers, const std::string& key) {
    for (const auto fold : numbers) {
      const auto [at, fresh] = used.emplace(fold, key);
      if (fresh) continue;
      refuse(true, "fold " + std::to_string(fold) + " is in " + at->second +
                       (at->second == key ? " twice" : " and in " + key) + "; a fold belongs to one split");
    }
  };
  claim(folds.train, "folds.train");
  claim(folds.validation, "folds.validation");
  claim(folds.test, "folds.test");
  refuse(folds.validation_fraction + folds.test_fraction > 0.95,
         "folds.validation_fraction and folds.test_fraction leave too little to train on");
}

void check_name(const std::string& name, const Refuse& refuse) {
  const bool good =
      !name.empty() && name[0] != '.' &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == std::string::npos;
  refuse(!good, "name: letters, digits, '_', '-' and '.' only (it names a folder); given: " + name);
}

void check_objective(const Experiment& e, const Refuse& refuse) {
  refuse(e.program == Program::trainer && e.data.multi_label && !properties_of(e.objective.type).decides_each_class,
         "data.multi_label needs objective.type: binary_cross_entropy; given: " + name_of(e.objective.type));
  const bool given = e.objective.class_weights == ClassWeights::given;
  refuse(given != !e.objective.class_weight_values.empty(),
         "objective.class_weight_values goes with objective.class_weights: given, and only with it");
  if (e.training.sampling != Sampling::balanced) return;
  refuse(e.data.multi_label,
         "training.sampling: balanced needs one label for each clip; with data.multi_label use "
         "shuffled, and objective.class_weights: balanced");
  refuse(e.objective.class_weights != ClassWeights::none,
         "training.sampling: balanced and objective.class_weights: " + name_of(e.objective.class_weights) +
             " would both make up for rare classes; give one of them");
}

/// A rate of 0 would let a whole training pass without a change.
void check_rates(const Experiment& e, const Refuse& refuse) {
  refuse(e.optimizer.learning_rate <= 0, "optimizer.learning_rate: 0 trains nothing; give a rate above 0");
  refuse(e.backbone.train != TrainedPart::none && e.backbone.learning_rate <= 0,
         "backbone.learning_rate: 0 leaves the network as it is; give a rate above 0, or backbone.train: none");
}

/// Other windows in training than in use would be a pooled clip unlike any that the model will ever see.
void check_silence(const Experiment& e, const Refuse& refuse) {
  if (e.silence.windows == SilentUse::keep) return;
  refuse(e.augmentation.fresh_share > 0,
         "augmentation.fresh_share needs silence.windows: keep; given: " + name_of(e.silence.windows));
  refuse(e.head.pooling != Pooling::window,
         "silence.windows: " + name_of(e.silence.windows) +
             " goes with head.pooling: window only; given: " + name_of(e.head.pooling));
}

void check_augmentation(const Augmentation& a, const Refuse& refuse) {
  refuse(a.noise_snr_db_min > a.noise_snr_db_max,
         "augmentation.noise_snr_db_min is above augmentation.noise_snr_db_max");
  refuse(!a.room_folder.empty() && a.room_rt60_s > 0,
         "augmentation.room_folder and augmentation.room_rt60_s: give one of them; the first takes measured rooms, the "
         "second generates rooms");
  const double limits[] = {a.gain_db,         a.shift_s,     a.speed_percent, a.time_mask_s,
                           a.pitch_semitones, a.room_rt60_s, a.filter_db,     a.band_pass_share};
  const bool changes = std::any_of(std::begin(limits), std::end(limits), [](double limit) { return limit > 0; }) ||
                       !a.noise_folder.empty() || !a.room_folder.empty() || a.mask_bands > 0 || a.mask_frames > 0;
  refuse((a.waveform_variants > 0 || a.fresh_share > 0) && !changes,
         std::string("augmentation.") + (a.fresh_share > 0 ? "fresh_share" : "waveform_variants") +
             ": nothing changes the clips; set at least one of "
             "augmentation.gain_db, shift_s, speed_percent, pitch_semitones, room_folder, room_rt60_s, noise_folder, "
             "filter_db, band_pass_share, time_mask_s, mask_bands, mask_frames");
  refuse(a.waveform_variants > 0 && a.fresh_share > 0,
         "augmentation.fresh_share and augmentation.waveform_variants: give one of them; the "
         "first augments clips in each epoch, the second stores their variants");
}

/// A trained network no longer makes what its own classifier was made for.
void check_append(const Experiment& e, const Refuse& refuse) {
  refuse(
      e.head.append == Append::backbone && e.backbone.train != TrainedPart::none,
      "head.append: backbone needs backbone.train: none, which leaves the backbone's classifier what it was; given: " +
          name_of(e.backbone.train));
}

/// The frozen blocks before the trained ones run in float32, of layers by LibTorch, and give no scores.
void check_backbone(const Experiment& e, const Refuse& refuse) {
  const auto& b = e.backbone;
  refuse(b.weights.empty() || e.store.folder.empty(), "backbone.weights and store.folder: each must be named");
  const bool plain = b.precision == Precision::automatic || b.precision == Precision::float32;
  refuse(b.engine == Engine::torchscript && !plain,
         "backbone.precision: " + name_of(b.precision) + " needs backbone.engine: onednn or auto; given: torchscript");
  refuse(!b.taps.empty() && (b.train != TrainedPart::none || e.head.input == HeadInput::scores),
         "backbone.taps goes with backbone.train: none and head.input: embeddings or both");
  refuse(!e.head.known_classes.empty() && e.head.input == HeadInput::scores,
         "head.known_classes needs head.input: embeddings or both; given: " + name_of(e.head.input));
  if (b.train == TrainedPart::none) return;
  refuse(!e.head.known_class_weight,
         "head.known_class_weight: auto needs backbone.train: none (it trains more heads); give a number");
  const std::string trained = "backbone.train: " + name_of(b.train) + " ";
  refuse(b.engine != Engine::automatic && b.engine != Engine::torchscript,
         trained + "needs backbone.engine: auto or torchscript; given: " + name_of(b.engine));
  refuse(!plain, trained + "needs backbone.precision: auto or float32; given: " + name_of(b.precision));
  refuse(e.silence.windows != SilentUse::keep && e.silence.measure == SilenceMeasure::score,
         trained + "has no scores to find silence by; use silence.measure: level");
}

void check_distillation(const Experiment& e, const Refuse& refuse) {
  if (e.program != Program::distiller) return;
  const auto& d = e.distillation;
  refuse(!e.sweep.empty(), "sweep: it needs the program trainer");
  refuse(d.leave_out_esc10 && d.data && (e.data.layout != Layout::esc50 || e.data.esc10),
         "distillation.leave_out_esc10 needs data.layout: esc50 and no data.esc10");
  refuse(d.embedding_weight <= 0 && d.size_weight <= 0 && d.score_weight <= 0,
         "distillation.embedding_weight, size_weight and score_weight are all 0: nothing would be trained");
  refuse(e.schedule.type == ScheduleType::reduce_on_plateau,
         "schedule.type: reduce_on_plateau cannot be used by distiller; use cosine");
  refuse(d.crops < 2 || e.training.batch_size < 2,
         "distiller needs at least 2 crops (distillation.crops), and 2 of them in a batch (training.batch_size)");
}

void check_data(const Data& data, const Refuse& refuse) {
  dataset::DataOptions given = data;
  if (data.layout < Layout::csv) given.manifest.clear();  // relevance.cpp is about it
  try {
    dataset::validate(given);
  } catch (const UsageError& error) {
    refuse(true, error.what());
  }
  auto named = data.classes;
  named.push_back(data.other_class);
  refuse(!data.negative_class.empty() && !data.classes.empty() && !find_name(data.negative_class, named),
         "data.negative_class: " + data.negative_class +
             " is not in data.classes; add it there, or make it data.other_class");
}

void check_protocol(const Experiment& e, const Refuse& refuse) {
  if (!e.protocol.cross_validates()) return;
  const auto& p = e.protocol;
  refuse(std::set<std::int64_t>(p.folds.begin(), p.folds.end()).size() < p.folds.size(),
         "protocol.folds: a fold appears twice");
  refuse(p.folds_from != FoldSource::data && !p.folds.empty(),
         "protocol.folds chooses among the folds of the data; protocol.folds_from: " + name_of(p.folds_from) +
             " makes others");
  refuse(p.final_model == FinalModel::all_folds && e.schedule.type == ScheduleType::reduce_on_plateau &&
             e.early_stopping.watches_validation(),
         "protocol.final_model: all_folds has no validation fold, which schedule.type: "
         "reduce_on_plateau would watch; use another schedule, monitor loss, or leave the model out with "
         "protocol.final_model: none");
}

/// Why there are no validation clips, and how to get some; empty when there are, or when it depends on the data.
std::string without_validation(const Experiment& e) {
  const bool rounds = e.protocol.cross_validates();
  if (rounds && e.protocol.validation == ValidationFold::none)
    return "protocol.validation is none; set it to previous or next (a fold beside the test fold)";
  if (!rounds && e.data.layout == Layout::esc50 && e.folds.validation.empty())
    return "folds.validation is empty; name a fold there, such as folds.validation=[4]";
  return "";
}

/// What needs validation clips.
void check_validation(const Experiment& e, const Refuse& refuse) {
  const auto missing = without_validation(e);
  if (missing.empty()) return;
  refuse(e.calibration.temperature, "calibration.temperature needs validation clips: " + missing);
  refuse(e.calibration.thresholds, "calibration.thresholds needs validation clips: " + missing);
  refuse(e.early_stopping.watches_validation() &&
             (e.early_stopping.enabled || e.schedule.type == ScheduleType::reduce_on_plateau),
         "early_stopping.monitor: " + name_of(e.early_stopping.monitor) + " needs validation clips: " + missing +
             "; or monitor loss or accuracy");
  refuse(!e.sweep.empty(), "sweep.metric: " + name_of(e.sweep.metric) + " needs validation clips: " + missing);
}

/// Every member, so that none fails after hours.
void check_sweep(const Experiment& e, const Refuse& refuse) {
  if (e.sweep.empty()) return;
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
  refuse(true, "sweep: " + key + " has no effect in any member; it needs " + needed);
}

}  // namespace

void check_experiment(const Experiment& e, const WhereOf& where_of) {
  const Refuse refuse{where_of};
  check_name(e.name, refuse);
  check_folds(e.folds, refuse);
  check_objective(e, refuse);
  check_rates(e, refuse);
  check_silence(e, refuse);
  check_augmentation(e.augmentation, refuse);
  check_append(e, refuse);
  check_backbone(e, refuse);
  check_distillation(e, refuse);
  check_data(e.data, refuse);
  check_protocol(e, refuse);
  check_validation(e, refuse);
  check_sweep(e, refuse);
}

}  // namespace soundfold::config
