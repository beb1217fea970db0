// SPDX-License-Identifier: Apache-2.0
#include "config/relevance.h"

#include <algorithm>
#include <iterator>

namespace soundfold::config {
namespace {

/// Keys that only one program reads. In lists of keys, separated by blanks, a dot at the end stands for the whole
/// group.
constexpr const char* kOfTrainer =
    "data.on_bad_clip data.max_bad_clips data.negative_class folds. protocol. backbone.device "
    "backbone.taps backbone.train backbone.train_blocks backbone.learning_rate backbone.warmup_epochs "
    "backbone.weight_decay backbone.layer_decay store. silence. head. objective. augmentation. "
    "training.sampling early_stopping. calibration. decision. run.feature_memory_mb";
constexpr const char* kOfDistiller = "student. distillation.";

using Given = const Experiment&;

struct Rule {
  const char* keys;
  const char* needs;  ///< for messages: "<key> has no effect; it needs <needs>"
  bool (*condition)(Given);
};

bool reduces_on_plateau(Given e) {
  return e.schedule.type == ScheduleType::reduce_on_plateau;
}

/// Of all the rules for an option the first that does not hold is reported, so the widest come first. Options without a
/// rule always act in the programs that read them. What check.cpp refuses outright is not here.
const Rule kRules[] = {
    {"data.layout data.root data.manifest data.columns.path data.columns.label data.columns.fold "
     "data.columns.source data.classes data.other_class data.esc10 data.multi_label data.keep_unlabelled "
     "data.window_share data.event_share data.negatives_per_event",
     "data to learn from (distillation.data: true)",
     [](Given e) { return e.program == Program::trainer || e.distillation.data; }},
    {"data.manifest", "data.layout: csv or annotations", [](Given e) { return e.data.layout >= Layout::csv; }},
    {"data.window_share data.event_share data.negatives_per_event", "data.layout: annotations",
     [](Given e) { return e.data.layout == Layout::annotations; }},
    {"data.max_bad_clips", "data.on_bad_clip: skip", [](Given e) { return e.data.on_bad_clip == BadClips::skip; }},
    {"folds.", "protocol.type: fixed", [](Given e) { return !e.protocol.cross_validates(); }},
    {"folds.train folds.validation folds.test",
     "data with folds (data.layout: esc50, or a list with a column of folds)",
     [](Given e) { return e.data.layout != Layout::folders; }},
    {"folds.validation_fraction folds.test_fraction",
     "data without folds (data.layout: folders, or a list without a column of folds)",
     [](Given e) { return e.data.layout != Layout::esc50; }},
    {"protocol.folds_from protocol.fold_count protocol.folds protocol.validation protocol.repeats "
     "protocol.final_model",
     "protocol.type: cross_validation", [](Given e) { return e.protocol.cross_validates(); }},
    {"protocol.fold_count", "protocol.folds_from: sources",
     [](Given e) { return e.protocol.folds_from == FoldSource::sources; }},
    {"backbone.train_blocks", "backbone.train: last_blocks",
     [](Given e) { return e.backbone.train == TrainedPart::last_blocks; }},
    {"backbone.learning_rate backbone.warmup_epochs backbone.weight_decay backbone.layer_decay",
     "backbone.train: last_blocks or all", [](Given e) { return e.backbone.train != TrainedPart::none; }},
    {"silence.measure", "silence.windows: drop or weight",
     [](Given e) { return e.silence.windows != SilentUse::keep; }},
    {"silence.threshold_dbfs", "silence.windows: drop or weight, with silence.measure: level",
     [](Given e) { return e.silence.windows != SilentUse::keep && e.silence.measure == SilenceMeasure::level; }},
    {"silence.threshold_score", "silence.windows: drop or weight, with silence.measure: score",
     [](Given e) { return e.silence.windows != SilentUse::keep && e.silence.measure == SilenceMeasure::score; }},
    {"silence.weight", "silence.windows: weight", [](Given e) { return e.silence.windows == SilentUse::weight; }},
    {"head.activation head.normalization", "a hidden layer (head.hidden)",
     [](Given e) { return !e.head.hidden.empty(); }},
    {"head.known_class_weight", "head.known_classes", [](Given e) { return !e.head.known_classes.empty(); }},
    {"objective.focal_gamma", "objective.type: focal",
     [](Given e) { return properties_of(e.objective.type).has_gamma; }},
    {"student.width", "no student.channels, which replace it", [](Given e) { return e.student.channels.empty(); }},
    {"distillation.leave_out_esc10", "distillation.data: true", [](Given e) { return e.distillation.data; }},
    {"distillation.validation_crops", "distillation.validation_share above 0",
     [](Given e) { return e.distillation.validation_share > 0; }},
    {"optimizer.momentum", "optimizer.type: sgd", [](Given e) { return e.optimizer.type == OptimizerType::sgd; }},
    {"schedule.final_factor", "a schedule.type other than constant",
     [](Given e) { return e.schedule.type != ScheduleType::constant; }},
    {"schedule.plateau_factor schedule.plateau_patience", "schedule.type: reduce_on_plateau", reduces_on_plateau},
    {"augmentation.gain_db augmentation.shift_s augmentation.speed_percent augmentation.noise_folder "
     "augmentation.noise_snr_db_min augmentation.noise_snr_db_max augmentation.time_mask_s "
     "augmentation.pitch_semitones "
     "augmentation.room_folder augmentation.room_rt60_s augmentation.filter_db augmentation.band_pass_share "
     "augmentation.mask_bands augmentation.mask_frames",
     "augmentation.waveform_variants or augmentation.fresh_share above 0",
     [](Given e) { return e.augmentation.waveform_variants > 0 || e.augmentation.fresh_share > 0; }},
    {"augmentation.noise_snr_db_min augmentation.noise_snr_db_max", "augmentation.noise_folder",
     [](Given e) { return !e.augmentation.noise_folder.empty(); }},
    {"early_stopping.monitor early_stopping.mode",
     "early_stopping.enabled, early_stopping.restore_best or schedule.type: reduce_on_plateau",
     [](Given e) { return e.early_stopping.enabled || e.early_stopping.restore_best || reduces_on_plateau(e); }},
    {"early_stopping.patience", "early_stopping.enabled: true", [](Given e) { return e.early_stopping.enabled; }},
    {"early_stopping.min_delta", "early_stopping.enabled: true, or schedule.type: reduce_on_plateau",
     [](Given e) { return e.early_stopping.enabled || reduces_on_plateau(e); }},
    {"report.audio", "report.enabled: true", [](Given e) { return e.report.enabled; }},
    {"decision.silence_dbfs decision.silence_score", "decision.silence_gate: true",
     [](Given e) { return e.decision.silence_gate; }},
};

bool lists(const std::string& keys, const std::string& key) {
  return (" " + keys + " ").find(" " + key + " ") != std::string::npos;
}

bool concerns(const std::string& keys, const std::string& key) {
  return lists(keys, key) || lists(keys, key.substr(0, key.find('.') + 1));
}

}  // namespace

bool reads(Program program, const std::string& key) {
  return !concerns(program == Program::trainer ? kOfDistiller : kOfTrainer, key);
}

std::string missing_for(const std::string& key, const Experiment& experiment) {
  if (!reads(experiment.program, key)) {
    return experiment.program == Program::trainer ? "the program distiller" : "the program trainer";
  }
  for (const auto& rule : kRules) {
    if (concerns(rule.keys, key) && !rule.condition(experiment)) return rule.needs;
  }
  return "";
}

bool has_condition(const std::string& key) {
  return std::any_of(std::begin(kRules), std::end(kRules), [&](const Rule& rule) { return lists(rule.keys, key); });
}

}  // namespace soundfold::config
