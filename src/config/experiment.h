#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// An experiment as plain structs. Every field is declared once as an option (config/options.h): key, unit, allowed
/// values and meaning; its default is the initial value here.
namespace soundfold::config {

struct Data {
  std::string layout = "esc50";
  std::string root = "data/esc50";
  std::string manifest;
  std::vector<std::string> classes;
  bool esc10 = false;
  bool multi_label = false;
  std::string on_bad_clip = "fail";
  std::int64_t max_bad_clips = 0;
};

struct Folds {
  std::vector<std::int64_t> train = {1, 2, 3};
  std::vector<std::int64_t> validation = {4};
  std::vector<std::int64_t> test = {5};
  double validation_fraction = 0.2;
  double test_fraction = 0.2;
};

struct Backbone {
  std::string weights = "data/yamnet.pt";
  std::string engine = "auto";
  std::string precision = "float32";
  std::int64_t patch_hop_frames = 48;
};

struct Store {
  std::string folder = "data/embeddings";
};

struct Head {
  std::string input = "embeddings";
  std::vector<std::int64_t> hidden = {512};
  std::string activation = "relu";
  std::string normalization = "none";
  double dropout = 0;
  std::string pooling = "frame";
  bool standardize = false;
};

struct Objective {
  std::string type = "cross_entropy";
  double label_smoothing = 0;
  double focal_gamma = 2;
  std::string class_weights = "none";
  std::vector<double> class_weight_values;
};

struct Optimizer {
  std::string type = "adam";
  double learning_rate = 1e-3;
  double weight_decay = 0;
  double momentum = 0.9;
  double gradient_clip_norm = 0;
};

struct Schedule {
  std::string type = "constant";
  double warmup_epochs = 0;
  double final_factor = 0;
  double plateau_factor = 0.5;
  std::int64_t plateau_patience = 5;
};

struct Augmentation {
  double mixup_alpha = 0;
  double noise_std = 0;
};

struct Training {
  std::int64_t epochs = 20;
  std::int64_t batch_size = 32;
  double ema_decay = 0;
};

struct EarlyStopping {
  bool enabled = true;
  std::string monitor = "loss";
  std::string mode = "auto";
  std::int64_t patience = 3;
  double min_delta = 0;
  bool restore_best = true;
};

struct Run {
  std::string folder = "experiments";
  std::string device = "auto";
  std::int64_t threads = 0;
};

struct Experiment {
  std::string name = "experiment";
  std::int64_t seed = 1;
  Data data;
  Folds folds;
  Backbone backbone;
  Store store;
  Head head;
  Objective objective;
  Optimizer optimizer;
  Schedule schedule;
  Augmentation augmentation;
  Training training;
  EarlyStopping early_stopping;
  Run run;
};

}  // namespace soundfold::config
