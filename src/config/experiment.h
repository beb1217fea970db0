// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"
#include "config/sweep.h"
#include "settings/option.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// An experiment as plain structs. Every field is declared once as an option (config/options.h): key, unit, allowed
/// values and meaning; its default is the initial value here.
namespace soundfold::config {

/// Which data there are, and how they are read. The default root is ESC-50's place.
struct Data : dataset::DataOptions {
  Data() { root = "data/esc50"; }
  Channels channels = Channels::mean;
  BadClips on_bad_clip = BadClips::fail;
  std::int64_t max_bad_clips = 0;
  std::string negative_class;
};

struct Folds {
  std::vector<std::int64_t> train = {1, 2, 3};
  std::vector<std::int64_t> validation = {4};
  std::vector<std::int64_t> test = {5};
  double validation_fraction = 0.2;
  double test_fraction = 0.2;
};

struct Protocol {
  ProtocolType type = ProtocolType::fixed;
  FoldSource folds_from = FoldSource::data;
  std::int64_t fold_count = 5;
  std::vector<std::int64_t> folds;
  ValidationFold validation = ValidationFold::none;
  std::int64_t repeats = 1;
  FinalModel final_model = FinalModel::all_folds;
  bool cross_validates() const { return type == ProtocolType::cross_validation; }
};

/// How the last blocks of the backbone are trained with the head; without effect while it is frozen.
struct TrainedBlocks {
  TrainedPart train = TrainedPart::none;
  std::int64_t train_blocks = 1;
  double learning_rate = 1e-4;
  double warmup_epochs = 0;
  double weight_decay = 0;
  double layer_decay = 1;
};

struct Backbone : TrainedBlocks {
  std::string weights = "data/yamnet.pt";
  Engine engine = Engine::automatic;
  Precision precision = Precision::float32;
  std::string device = "same";
  std::int64_t patch_hop_frames = 48;
  std::vector<std::int64_t> taps;
};

struct Store {
  std::string folder = "data/embeddings";
};

using settings::NameLists;

struct Head {
  HeadInput input = HeadInput::embeddings;
  std::vector<std::int64_t> hidden = {512};
  Activation activation = Activation::relu;
  Normalization normalization = Normalization::none;
  double dropout = 0;
  Pooling pooling = Pooling::window;
  bool standardize = false;
  Scaling scaling = Scaling::none;
  NameLists known_classes;
  std::optional<double> known_class_weight = 1;  ///< nothing: auto
  Append append = Append::none;
};

struct Silence {
  SilentUse windows = SilentUse::keep;
  SilenceMeasure measure = SilenceMeasure::level;
  double threshold_dbfs = -60;
  double threshold_score = 0.5;
  double weight = 0.1;
};

struct Objective {
  Loss type = Loss::cross_entropy;
  double label_smoothing = 0;
  double focal_gamma = 2;
  ClassWeights class_weights = ClassWeights::none;
  std::vector<double> class_weight_values;
};

struct Student {
  double width = 0.5;
  std::vector<std::int64_t> channels;
  std::int64_t embedding_size = 0;
  StudentInit init = StudentInit::random;
};

struct Distillation {
  bool data = true;
  bool leave_out_esc10 = false;
  std::vector<std::string> folders;
  std::int64_t synthetic_clips = 0;
  std::int64_t crops = 16000;
  std::int64_t new_crops_after = 1;
  double validation_share = 0.05;
  std::int64_t validation_crops = 1000;
  double gain_db = 6;
  double mix_share = 0.3;
  double noise_share = 0.2;
  double speed_percent = 0;
  double embedding_weight = 1;
  double size_weight = 0.3;
  double score_weight = 0.05;
};

struct Optimizer {
  OptimizerType type = OptimizerType::adam;
  double learning_rate = 1e-3;
  double weight_decay = 0;
  double momentum = 0.9;
  double gradient_clip_norm = 0;
};

struct Schedule {
  ScheduleType type = ScheduleType::constant;
  double warmup_epochs = 0;
  double final_factor = 0;
  double plateau_factor = 0.5;
  std::int64_t plateau_patience = 5;
  /// The learning rate of a step depends on how many there are in all.
  bool looks_ahead() const { return type == ScheduleType::cosine || type == ScheduleType::one_cycle; }
};

struct Augmentation {
  double mixup_alpha = 0;
  double noise_std = 0;
  std::int64_t waveform_variants = 0;
  double fresh_share = 0;
  double gain_db = 0;
  double shift_s = 0;
  double speed_percent = 0;
  std::string noise_folder;
  double noise_snr_db_min = 10;
  double noise_snr_db_max = 20;
  double time_mask_s = 0;
  double pitch_semitones = 0;
  std::string room_folder;
  double room_rt60_s = 0;
  double filter_db = 0;
  double band_pass_share = 0;
  std::int64_t mask_bands = 0;
  std::int64_t mask_frames = 0;
};

struct Training {
  std::int64_t epochs = 20;
  std::int64_t batch_size = 32;
  double ema_decay = 0;
  Sampling sampling = Sampling::shuffled;
};

struct EarlyStopping {
  bool enabled = true;
  Metric monitor = Metric::loss;
  MonitorMode mode = MonitorMode::automatic;
  std::int64_t patience = 3;
  double min_delta = 0;
  bool restore_best = true;
  bool watches_validation() const { return monitor != Metric::loss && monitor != Metric::accuracy; }
};

struct Calibration {
  bool temperature = false;
  bool thresholds = false;
};

struct Decision {
  bool silence_gate = true;
  double silence_dbfs = -60;
  double silence_score = 0.5;
};

struct Run {
  std::string folder = "experiments";
  std::string device = "auto";
  bool tf32 = false;
  std::int64_t threads = 0;
  double feature_memory_mb = 0;
  bool tensorboard = true;
};
struct Report {
  bool enabled = true;
  ReportAudio audio = ReportAudio::embed;
};

struct Experiment {
  Program program = Program::trainer;  ///< not an option: who reads the file
  std::string name = "experiment";
  std::int64_t seed = 1;
  Data data;
  Folds folds;
  Protocol protocol;
  Backbone backbone;
  Store store;
  Silence silence;
  Head head;
  Objective objective;
  Student student;
  Distillation distillation;
  Optimizer optimizer;
  Schedule schedule;
  Augmentation augmentation;
  Training training;
  EarlyStopping early_stopping;
  Calibration calibration;
  Decision decision;
  Run run;
  Report report;
  Sweep sweep;  ///< not an option: a map of its own in the file
};

}  // namespace soundfold::config
