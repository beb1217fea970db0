// SPDX-License-Identifier: Apache-2.0
#include "config/internal/relevance.h"

namespace soundfold::config {

bool cross_validates(const Experiment& e) {
  return e.protocol.type == "cross_validation";
}

namespace {

using Condition = bool (*)(const Experiment&);

struct Rule {
  const char* key;      ///< of one option, or with a dot at its end of a group
  const char* needs;    ///< for messages: "<key> has no effect; it needs <needs>"
  Condition condition;  ///< null: the option always acts
};

bool classifies(const Experiment& e) {
  return e.objective.type != "distill";
}
bool distills(const Experiment& e) {
  return !classifies(e);
}
bool reads_data(const Experiment& e) {
  return classifies(e) || e.distillation.data;
}
bool has_manifest(const Experiment& e) {
  return e.data.layout == "csv";
}
bool changes_waveforms(const Experiment& e) {
  return e.augmentation.waveform_variants > 0 || e.augmentation.fresh_share > 0;
}
bool has_hidden_layers(const Experiment& e) {
  return !e.head.hidden.empty();
}
bool trains_backbone(const Experiment& e) {
  return e.backbone.train != "none";
}

constexpr const char* kClassifier = "a classifier (objective.type other than distill)";
constexpr const char* kDistillation = "objective.type: distill";
constexpr const char* kData = "data to learn from (distillation.data: true)";
constexpr const char* kFixed = "protocol.type: fixed";
constexpr const char* kRounds = "protocol.type: cross_validation";
constexpr const char* kFolds = "data with folds (data.layout: esc50, or csv with a column of folds)";
constexpr const char* kNoFolds = "data without folds (data.layout: folders, or csv without a column of folds)";
constexpr const char* kTrained = "backbone.train: last_blocks or all";
constexpr const char* kHidden = "a hidden layer (head.hidden)";
constexpr const char* kChanges = "augmentation.waveform_variants or augmentation.fresh_share above 0";

/// Of all the rules for an option the first that does not hold is reported, so the widest come first.
const Rule kRules[] = {
    {"name", "", nullptr},
    {"seed", "", nullptr},

    {"data.layout", kData, reads_data},
    {"data.root", kData, reads_data},
    {"data.manifest", kData, reads_data},
    {"data.columns.", kData, reads_data},
    {"data.classes", kData, reads_data},
    {"data.other_class", kData, reads_data},
    {"data.esc10", kData, reads_data},
    {"data.multi_label", kData, reads_data},
    {"data.keep_unlabelled", kData, reads_data},
    {"data.channels", "", nullptr},
    {"data.manifest", "data.layout: csv", has_manifest},
    {"data.columns.path", "data.layout: csv", has_manifest},
    {"data.columns.label", "data.layout: csv", has_manifest},
    {"data.columns.fold", "data.layout: csv", has_manifest},
    {"data.columns.source", "data.layout: csv", has_manifest},
    {"data.other_class", "chosen classes (data.classes)", [](const Experiment& e) { return !e.data.classes.empty(); }},
    {"data.esc10", "data.layout: esc50", [](const Experiment& e) { return e.data.layout == "esc50"; }},
    {"data.multi_label", "data.layout: csv", has_manifest},
    {"data.keep_unlabelled", "data.multi_label: true", [](const Experiment& e) { return e.data.multi_label; }},
    {"data.on_bad_clip", kClassifier, classifies},
    {"data.max_bad_clips", kClassifier, classifies},
    {"data.max_bad_clips", "data.on_bad_clip: skip", [](const Experiment& e) { return e.data.on_bad_clip == "skip"; }},
    {"data.negative_class", kClassifier, classifies},

    {"folds.", kClassifier, classifies},
    {"folds.", kFixed, [](const Experiment& e) { return !cross_validates(e); }},
    {"folds.train", kFolds, [](const Experiment& e) { return e.data.layout != "folders"; }},
    {"folds.validation", kFolds, [](const Experiment& e) { return e.data.layout != "folders"; }},
    {"folds.test", kFolds, [](const Experiment& e) { return e.data.layout != "folders"; }},
    {"folds.validation_fraction", kNoFolds, [](const Experiment& e) { return e.data.layout != "esc50"; }},
    {"folds.test_fraction", kNoFolds, [](const Experiment& e) { return e.data.layout != "esc50"; }},

    {"protocol.type", kClassifier, classifies},
    {"protocol.folds_from", kRounds, cross_validates},
    {"protocol.fold_count", kRounds, cross_validates},
    {"protocol.fold_count", "protocol.folds_from: sources",
     [](const Experiment& e) { return e.protocol.folds_from == "sources"; }},
    {"protocol.folds", kRounds, cross_validates},
    {"protocol.validation", kRounds, cross_validates},
    {"protocol.repeats", kRounds, cross_validates},
    {"protocol.final_model", kRounds, cross_validates},

    {"backbone.weights", "", nullptr},
    {"backbone.engine", "", nullptr},
    {"backbone.precision", "", nullptr},
    {"backbone.device", "", nullptr},
    {"backbone.patch_hop_frames", "", nullptr},
    {"backbone.taps", kClassifier, classifies},
    {"backbone.train", kClassifier, classifies},
    {"backbone.train_blocks", "backbone.train: last_blocks",
     [](const Experiment& e) { return e.backbone.train == "last_blocks"; }},
    {"backbone.learning_rate", kTrained, trains_backbone},
    {"backbone.warmup_epochs", kTrained, trains_backbone},
    {"backbone.weight_decay", kTrained, trains_backbone},
    {"backbone.layer_decay", kTrained, trains_backbone},

    {"store.", kClassifier, classifies},
    {"store.folder", "", nullptr},

    {"silence.", kClassifier, classifies},
    {"silence.frames", "", nullptr},
    {"silence.measure", "silence.frames: drop or weight",
     [](const Experiment& e) { return e.silence.frames != "keep"; }},
    {"silence.threshold_dbfs", "silence.frames: drop or weight, with silence.measure: level",
     [](const Experiment& e) { return e.silence.frames != "keep" && e.silence.measure == "level"; }},
    {"silence.threshold_score", "silence.frames: drop or weight, with silence.measure: score",
     [](const Experiment& e) { return e.silence.frames != "keep" && e.silence.measure == "score"; }},
    {"silence.weight", "silence.frames: weight", [](const Experiment& e) { return e.silence.frames == "weight"; }},

    {"head.", kClassifier, classifies},
    {"head.input", "", nullptr},
    {"head.hidden", "", nullptr},
    {"head.dropout", "", nullptr},
    {"head.pooling", "", nullptr},
    {"head.standardize", "", nullptr},
    {"head.scaling", "", nullptr},
    {"head.known_classes", "", nullptr},
    {"head.activation", kHidden, has_hidden_layers},
    {"head.normalization", kHidden, has_hidden_layers},
    {"head.known_class_weight", "head.known_classes",
     [](const Experiment& e) { return !e.head.known_classes.empty(); }},

    {"objective.type", "", nullptr},
    {"objective.label_smoothing", kClassifier, classifies},
    {"objective.focal_gamma", "objective.type: focal", [](const Experiment& e) { return e.objective.type == "focal"; }},
    {"objective.class_weights", kClassifier, classifies},
    {"objective.class_weight_values", kClassifier, classifies},
    {"objective.class_weight_values", "objective.class_weights: given",
     [](const Experiment& e) { return e.objective.class_weights == "given"; }},

    {"student.", kDistillation, distills},
    {"student.channels", "", nullptr},
    {"student.embedding_size", "", nullptr},
    {"student.init", "", nullptr},
    {"student.width", "no student.channels, which replace it",
     [](const Experiment& e) { return e.student.channels.empty(); }},
    {"distillation.", kDistillation, distills},
    {"distillation.data", "", nullptr},
    {"distillation.folders", "", nullptr},
    {"distillation.synthetic_clips", "", nullptr},
    {"distillation.crops", "", nullptr},
    {"distillation.new_crops_after", "", nullptr},
    {"distillation.validation_share", "", nullptr},
    {"distillation.gain_db", "", nullptr},
    {"distillation.mix_share", "", nullptr},
    {"distillation.noise_share", "", nullptr},
    {"distillation.speed_percent", "", nullptr},
    {"distillation.embedding_weight", "", nullptr},
    {"distillation.size_weight", "", nullptr},
    {"distillation.score_weight", "", nullptr},
    {"distillation.leave_out_esc10", "distillation.data: true",
     [](const Experiment& e) { return e.distillation.data; }},
    {"distillation.validation_crops", "distillation.validation_share above 0",
     [](const Experiment& e) { return e.distillation.validation_share > 0; }},

    {"optimizer.type", "", nullptr},
    {"optimizer.learning_rate", "", nullptr},
    {"optimizer.weight_decay", "", nullptr},
    {"optimizer.momentum", "optimizer.type: sgd", [](const Experiment& e) { return e.optimizer.type == "sgd"; }},
    {"optimizer.gradient_clip_norm", "", nullptr},

    {"schedule.type", "", nullptr},
    {"schedule.warmup_epochs", "", nullptr},
    {"schedule.final_factor", "a schedule.type other than constant",
     [](const Experiment& e) { return e.schedule.type != "constant"; }},
    {"schedule.plateau_factor", "schedule.type: reduce_on_plateau",
     [](const Experiment& e) { return e.schedule.type == "reduce_on_plateau"; }},
    {"schedule.plateau_patience", "schedule.type: reduce_on_plateau",
     [](const Experiment& e) { return e.schedule.type == "reduce_on_plateau"; }},

    {"augmentation.", kClassifier, classifies},
    {"augmentation.mixup_alpha", "", nullptr},
    {"augmentation.noise_std", "", nullptr},
    {"augmentation.waveform_variants", "", nullptr},
    {"augmentation.fresh_share", "", nullptr},
    {"augmentation.gain_db", kChanges, changes_waveforms},
    {"augmentation.shift_s", kChanges, changes_waveforms},
    {"augmentation.speed_percent", kChanges, changes_waveforms},
    {"augmentation.noise_folder", kChanges, changes_waveforms},
    {"augmentation.noise_snr_db_min", kChanges, changes_waveforms},
    {"augmentation.noise_snr_db_min", "augmentation.noise_folder",
     [](const Experiment& e) { return !e.augmentation.noise_folder.empty(); }},
    {"augmentation.noise_snr_db_max", kChanges, changes_waveforms},
    {"augmentation.noise_snr_db_max", "augmentation.noise_folder",
     [](const Experiment& e) { return !e.augmentation.noise_folder.empty(); }},
    {"augmentation.time_mask_s", kChanges, changes_waveforms},

    {"training.epochs", "", nullptr},
    {"training.batch_size", "", nullptr},
    {"training.ema_decay", "", nullptr},

    {"early_stopping.", kClassifier, classifies},
    {"early_stopping.enabled", "", nullptr},
    {"early_stopping.restore_best", "", nullptr},
    {"early_stopping.monitor",
     "early_stopping.enabled, early_stopping.restore_best or schedule.type: reduce_on_plateau",
     [](const Experiment& e) {
       return e.early_stopping.enabled || e.early_stopping.restore_best || e.schedule.type == "reduce_on_plateau";
     }},
    {"early_stopping.mode", "early_stopping.enabled, early_stopping.restore_best or schedule.type: reduce_on_plateau",
     [](const Experiment& e) {
       return e.early_stopping.enabled || e.early_stopping.restore_best || e.schedule.type == "reduce_on_plateau";
     }},
    {"early_stopping.patience", "early_stopping.enabled: true",
     [](const Experiment& e) { return e.early_stopping.enabled; }},
    {"early_stopping.min_delta", "early_stopping.enabled: true, or schedule.type: reduce_on_plateau",
     [](const Experiment& e) { return e.early_stopping.enabled || e.schedule.type == "reduce_on_plateau"; }},

    {"calibration.", kClassifier, classifies},
    {"calibration.temperature", "", nullptr},
    {"calibration.thresholds", "", nullptr},
    {"decision.", kClassifier, classifies},
    {"decision.silence_gate", "", nullptr},
    {"decision.silence_dbfs", "decision.silence_gate: true",
     [](const Experiment& e) { return e.decision.silence_gate; }},
    {"decision.silence_score", "decision.silence_gate: true",
     [](const Experiment& e) { return e.decision.silence_gate; }},

    {"run.folder", "", nullptr},
    {"run.device", "", nullptr},
    {"run.tf32", "", nullptr},
    {"run.threads", "", nullptr},
};

bool concerns(const Rule& rule, const std::string& key) {
  const std::string name = rule.key;
  return name.back() == '.' ? key.compare(0, name.size(), name) == 0 : key == name;
}

}  // namespace

std::string missing_for(const std::string& key, const Experiment& experiment) {
  for (const auto& rule : kRules) {
    if (concerns(rule, key) && rule.condition != nullptr && !rule.condition(experiment)) return rule.needs;
  }
  return "";
}

bool has_condition(const std::string& key) {
  for (const auto& rule : kRules) {
    if (key == rule.key) return true;
  }
  return false;
}

}  // namespace soundfold::config
