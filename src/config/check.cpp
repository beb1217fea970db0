// SPDX-License-Identifier: Apache-2.0
#include "config/check.h"

#include "config/internal/relevance.h"
#include "support/errors.h"
#include "text/names.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace soundfold::config {
namespace {

void refuse_if(bool wrong, const std::string& text) {
  if (wrong) throw UsageError(text);
}

void check_folds(const Folds& folds, const std::string& where) {
  refuse_if(folds.train.empty(), where + ": folds.train: must name at least one fold");
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
  refuse_if(folds.validation_fraction + folds.test_fraction > 0.95,
            where + ": folds.validation_fraction and folds.test_fraction leave too little to train on");
}

void check_name(const std::string& name, const std::string& where) {
  const bool good =
      !name.empty() && name[0] != '.' &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == std::string::npos;
  refuse_if(!good, where + ": name: letters, digits, '_', '-' and '.' only (it names a folder); given: " + name);
}

void check_objective(const Experiment& e, const std::string& where) {
  const bool binary = e.objective.type == "binary_cross_entropy";
  refuse_if(e.data.multi_label && !binary && e.program == Program::trainer,  // distiller does not use labels
            where + ": data.multi_label needs objective.type: binary_cross_entropy; given: " + e.objective.type);
  const bool given = e.objective.class_weights == "given";
  refuse_if(given != !e.objective.class_weight_values.empty(),
            where + ": objective.class_weight_values goes with objective.class_weights: given, and only with it");
}

/// A rate of 0 would let a whole training pass without a change.
void check_rates(const Experiment& e, const std::string& where) {
  refuse_if(e.optimizer.learning_rate <= 0, where + ": optimizer.learning_rate: 0 trains nothing; give a rate above 0");
  refuse_if(e.backbone.train != "none" && e.backbone.learning_rate <= 0,
            where + ": backbone.learning_rate: 0 leaves the network as it is; give a rate above 0, or " +
                "backbone.train: none");
}

/// Other frames in training than in use would be a pooled clip unlike any that the model will ever see.
void check_silence(const Experiment& e, const std::string& where) {
  if (e.silence.frames == "keep") return;
  refuse_if(e.augmentation.fresh_share > 0,
            where + ": augmentation.fresh_share needs silence.frames: keep; given: " + e.silence.frames +
                " (which frames are silent is found once, in the recordings)");
  refuse_if(e.head.pooling != "frame", where + ": silence.frames: " + e.silence.frames +
                                           " goes with head.pooling: frame only; given: " + e.head.pooling);
}

void check_augmentation(const Augmentation& a, const std::string& where) {
  refuse_if(a.noise_snr_db_min > a.noise_snr_db_max,
            where + ": augmentation.noise_snr_db_min is above augmentation.noise_snr_db_max");
  const bool changes =
      a.gain_db > 0 || a.shift_s > 0 || a.speed_percent > 0 || a.time_mask_s > 0 || !a.noise_folder.empty();
  refuse_if((a.waveform_variants > 0 || a.fresh_share > 0) && !changes,
            where + ": augmentation." + (a.fresh_share > 0 ? "fresh_share" : "waveform_variants") +
                ": nothing changes the clips; set at least one of " +
                "augmentation.gain_db, shift_s, speed_percent, noise_folder, time_mask_s");
  refuse_if(a.waveform_variants > 0 && a.fresh_share > 0,
            where + ": augmentation.fresh_share and augmentation.waveform_variants: give one of them; the " +
                "first augments clips in each epoch, the second stores their variants");
}

/// The frozen blocks before the trained ones run in LibTorch's float32 and give no scores.
void check_backbone(const Experiment& e, const std::string& where) {
  const auto& b = e.backbone;
  const bool plain = b.precision == "auto" || b.precision == "float32";
  refuse_if(b.engine == "torchscript" && !plain, where + ": backbone.precision: " + b.precision +
                                                     " needs backbone.engine: onednn or auto; given: torchscript");
  refuse_if(!b.taps.empty() && (b.train != "none" || e.head.input == "scores"),
            where + ": backbone.taps goes with backbone.train: none and head.input: embeddings or both");
  refuse_if(!e.head.known_classes.empty() && e.head.input == "scores",
            where + ": head.known_classes needs head.input: embeddings or both; given: " + e.head.input);
  if (b.train == "none") return;
  const std::string trained = where + ": backbone.train: " + b.train + " ";
  refuse_if(b.engine != "auto" && b.engine != "torchscript",
            trained + "needs backbone.engine: auto or torchscript; given: " + b.engine);
  refuse_if(!plain, trained + "needs backbone.precision: auto or float32; given: " + b.precision);
  refuse_if(e.silence.frames != "keep" && e.silence.measure == "score",
            trained + "has no scores to find silence by; use silence.measure: level");
}

void check_distillation(const Experiment& e, const std::string& where) {
  if (e.program != Program::distiller) return;
  const auto& d = e.distillation;
  refuse_if(!e.sweep.empty(), where + ": sweep: it needs the program trainer");
  refuse_if(d.leave_out_esc10 && d.data && (e.data.layout != "esc50" || e.data.esc10),
            where + ": distillation.leave_out_esc10 needs data.layout: esc50 and no data.esc10");
  refuse_if(
      d.embedding_weight <= 0 && d.size_weight <= 0 && d.score_weight <= 0,
      where + ": distillation.embedding_weight, size_weight and score_weight are all 0: nothing would be trained");
  refuse_if(e.schedule.type == "reduce_on_plateau",
            where + ": schedule.type: reduce_on_plateau cannot be used by distiller; use cosine");
  refuse_if(d.crops < 2 || e.training.batch_size < 2,
            where + ": distiller needs at least 2 crops (distillation.crops), and 2 of them in a batch " +
                "(training.batch_size)");
}

void check_data(const Data& data, const std::string& where) {
  const bool csv = data.layout == "csv";
  auto named = data.classes;
  named.push_back(data.other_class);
  refuse_if(!data.negative_class.empty() && !data.classes.empty() && !find_name(data.negative_class, named),
            where + ": data.negative_class: " + data.negative_class +
                " is not in data.classes; add it there, or make it data.other_class");
  refuse_if(!data.other_class.empty() && data.multi_label,
            where + ": data.other_class is for one label per clip; with data.multi_label use data.keep_unlabelled");
  refuse_if(!data.other_class.empty() && data.classes.empty(),
            where + ": data.other_class: " + data.other_class +
                " gathers the classes that are not chosen; name those that are in data.classes");
  refuse_if(
      data.keep_unlabelled && !data.multi_label,
      where + ": data.keep_unlabelled needs data.multi_label: true; with one label per clip use " + "data.other_class");
  const auto& columns = data.columns;
  refuse_if(!csv && !(columns.path + columns.label + columns.fold + columns.source).empty(),
            where + ": data.columns goes with data.layout: csv only; given: " + data.layout);
  refuse_if(csv && data.manifest.empty(),
            where + ": data.layout: csv needs data.manifest, the CSV file that lists the clips");
  refuse_if(data.layout != "esc50" && data.esc10, where + ": data.esc10 goes with data.layout: esc50 only");
  refuse_if(!csv && data.multi_label, where + ": data.multi_label goes with data.layout: csv only");
}

bool watches_validation(const Experiment& e) {
  return e.early_stopping.monitor.rfind("validation_", 0) == 0;
}

void check_protocol(const Experiment& e, const std::string& where) {
  if (!e.protocol.cross_validates()) return;
  const auto& p = e.protocol;
  refuse_if(std::set<std::int64_t>(p.folds.begin(), p.folds.end()).size() < p.folds.size(),
            where + ": protocol.folds: a fold appears twice");
  const std::size_t needed = p.validation == "none" ? 2 : 3;
  refuse_if(p.folds_from == "sources" && p.fold_count < static_cast<std::int64_t>(needed),
            where + ": protocol.fold_count: cross-validation that validates needs at least 3 folds " +
                "(test, validation, train); given: " + std::to_string(p.fold_count));
  refuse_if(p.folds_from != "data" && !p.folds.empty(),
            where + ": protocol.folds chooses among the folds of the data; protocol.folds_from: " + p.folds_from +
                " makes others");
  refuse_if(!p.folds.empty() && p.folds.size() < needed,
            where + ": protocol.folds: cross-validation needs at least " + std::to_string(needed) + " folds" +
                (needed == 3 ? " when it validates (test, validation, train)" : "") +
                "; given: " + std::to_string(p.folds.size()));
  refuse_if(p.final_model == "all_folds" && e.schedule.type == "reduce_on_plateau" && watches_validation(e),
            where + ": protocol.final_model: all_folds has no validation fold, which schedule.type: " +
                "reduce_on_plateau would watch; use another schedule, or monitor loss");
}

/// What there is to do about missing validation clips; empty when there are some, or when it depends on the data.
std::string without_validation(const Experiment& e) {
  if (e.protocol.cross_validates()) return e.protocol.validation == "none" ? "protocol.validation, which is none" : "";
  return e.data.layout == "esc50" && e.folds.validation.empty() ? "folds.validation, which is empty" : "";
}

/// What needs validation clips.
void check_validation(const Experiment& e, const std::string& where) {
  const auto missing = without_validation(e);
  if (missing.empty()) return;
  refuse_if(e.calibration.temperature || e.calibration.thresholds,
            where + ": calibration needs validation clips: " + missing + "; give a fold");
  refuse_if(watches_validation(e) && (e.early_stopping.enabled || e.schedule.type == "reduce_on_plateau"),
            where + ": early_stopping.monitor: " + e.early_stopping.monitor + " needs " + missing +
                "; use loss or accuracy, or give a fold");
  refuse_if(!e.sweep.empty(), where + ": sweep.metric: " + e.sweep.metric + " needs " + missing + "; give a fold");
}

/// Every member, so that none fails after hours.
void check_sweep(const Experiment& e, const std::string& where) {
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
  throw UsageError(where + ": sweep: " + key + " has no effect in any member; it needs " + needed);
}

}  // namespace

void check_experiment(const Experiment& e, const std::string& where) {
  check_name(e.name, where);
  check_folds(e.folds, where);
  check_objective(e, where);
  check_rates(e, where);
  check_silence(e, where);
  check_augmentation(e.augmentation, where);
  check_backbone(e, where);
  check_distillation(e, where);
  check_data(e.data, where);
  check_protocol(e, where);
  check_validation(e, where);
  check_sweep(e, where);
}

}  // namespace soundfold::config
