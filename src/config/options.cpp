// SPDX-License-Identifier: Apache-2.0
#include "config/options.h"

#include "config/relevance.h"
#include "frontend/recipe.h"

#include <algorithm>

namespace soundfold::config {
namespace {

/// Collects options with one short line per declaration.
struct Declarer {
  void add(const char* key, Target field, const char* meaning) {
    options.push_back({key, std::move(field), meaning, ""});
  }
  void add_path(const char* key, Target field, const char* meaning) {
    add(key, std::move(field), meaning);
    options.back().is_path = true;
  }
  /// A number, or a list of numbers, each of them from `low` to `high`.
  void add(const char* key, Target field, const char* unit, double low, double high, const char* meaning) {
    options.push_back({key, std::move(field), meaning, unit, low, high});
  }
  std::vector<Option> options;
};

void declare_data(Declarer& d, Experiment& e) {
  auto& data = e.data;
  d.add("name", &e.name, "Name of the experiment; its runs go to <run.folder>/<name>/.");
  d.add("seed", &e.seed, "", 0, 4294967295.0, "Seed of everything random: weights, shuffling, dropout, random splits.");
  d.add("data.layout", &data.layout, "How the data set is laid out on disk.");
  d.add_path("data.root", &data.root, "Folder of the data set; of a list where its paths start, empty: its folder.");
  d.add_path("data.manifest", &data.manifest,
             "csv: file with the columns path,label[,fold][,source][,start_s,end_s], or others named in data.columns; "
             "annotations: label file of many recordings, or folder of label files (empty: beside the recordings).");
  d.add("data.columns.path", &data.columns.path, "Column that names the sound file; empty: found by name.");
  d.add("data.columns.label", &data.columns.label, "Column that holds the labels; empty: found by name.");
  d.add("data.columns.fold", &data.columns.fold, "Column that holds the fold; empty: found by name.");
  d.add("data.columns.source", &data.columns.source, "Column that names a clip's recording; empty: found by name.");
  d.add("data.classes", &data.classes, "Classes to use, in the order of their targets; empty: all.");
  d.add("data.other_class", &data.other_class,
        "Name of one more class that gathers the clips of all classes not chosen, and in layout annotations time "
        "without events; empty: those are left out.");
  d.add("data.esc10", &data.esc10, "Use only the ten classes of ESC-10; for layout esc50.");
  d.add("data.multi_label", &data.multi_label,
        "A clip may have several labels (in a csv split by '|') or none; for layouts csv and annotations.");
  d.add("data.keep_unlabelled", &data.keep_unlabelled,
        "With multi_label, keep clips that have none of the chosen classes, as negatives of all; for layout csv.");
  d.add("data.window_share", &data.window_share, "", 0.01, 1,
        "An event's windows are those of which it covers at least this share; for layout annotations.");
  d.add("data.event_share", &data.event_share, "", 0.01, 1,
        "So are windows that hold at least this share of the event; for layout annotations.");
  d.add("data.negatives_per_event", &data.negatives_per_event, "", 0, 1000,
        "Stretches without events, of at most 5 s, to take for each event; for layout annotations.");
  d.add("data.channels", &data.channels, "How a file of several channels becomes mono.");
  d.add("data.on_bad_clip", &data.on_bad_clip, "End the run at an unreadable clip, or report and skip it.");
  d.add("data.max_bad_clips", &data.max_bad_clips, "clips", 0, kCountLimit,
        "With on_bad_clip: skip, fail after more than this many; 0: no limit.");
  d.add("data.negative_class", &data.negative_class,
        "Class whose clips are none of the others; classifier never gives it as an answer. Empty: no such class.");
}

void declare_protocol(Declarer& d, Experiment& e) {
  auto& f = e.folds;
  auto& p = e.protocol;
  d.add("folds.train", &f.train, "folds", 1, kCountLimit, "Folds to train on.");
  d.add("folds.validation", &f.validation, "folds", 1, kCountLimit, "Folds to validate on; empty: no validation.");
  d.add("folds.test", &f.test, "folds", 1, kCountLimit, "Folds to test on, once, at the end; empty: no test.");
  d.add("folds.validation_fraction", &f.validation_fraction, "", 0, 0.9, "Share to validate on, where no folds are.");
  d.add("folds.test_fraction", &f.test_fraction, "", 0, 0.9, "Share to test on, where no folds are.");
  d.add("protocol.type", &p.type, "One training on folds.*, or one for each test fold.");
  d.add("protocol.folds_from", &p.folds_from,
        "Folds of a cross-validation: the data's own, drawn by source with the seed, or each source left out in turn.");
  d.add("protocol.fold_count", &p.fold_count, "folds", 2, 1000, "How many folds to draw with folds_from: sources.");
  d.add("protocol.folds", &p.folds, "folds", 1, kCountLimit, "Folds to use, in their order; empty: all of the data.");
  d.add("protocol.validation", &p.validation,
        "Fold that each round validates on: the one before or after its test fold (the list wraps around), or none.");
  d.add("protocol.repeats", &p.repeats, "seeds", 1, 1000, "Repeat all rounds with seed, seed + 1, ...");
  d.add("protocol.final_model", &p.final_model,
        "Train and export a model on all folds, for as many epochs as the rounds took on average; none: do not.");
}

void declare_model(Declarer& d, Experiment& e) {
  auto& b = e.backbone;
  auto& s = e.silence;
  auto& h = e.head;
  d.add_path("backbone.weights", &b.weights, "The network (make dogcat fetches and imports YAMNet; importer --help).");
  d.add("backbone.engine", &b.engine,
        "Engine that runs the network during extraction; auto: onednn on the CPU, torchscript elsewhere.");
  d.add("backbone.precision", &b.precision,
        "Arithmetic; bfloat16 and int8 (the TFLite file's own) need onednn and a CPU that has them; auto: float32.");
  d.add("backbone.device", &b.device, "Device of the extraction: same (as run.device), auto, cpu, cuda or cuda:N.");
  d.add("backbone.patch_hop_frames", &b.patch_hop_frames, "frames", 1, frontend::kMaxPatchHopFrames,
        "Step from one window of a clip to the next. YAMNet: frames of 10 ms, windows of 0.96 s, a step of 48.");
  d.add("backbone.taps", &b.taps, "blocks", 1, 100,
        "Earlier blocks (YAMNet: 1 to 13) whose maps the head uses too: each channel's mean and maximum.");
  d.add("backbone.train", &b.train, "What of the network is trained with the head: nothing, its last blocks, or all.");
  d.add("backbone.train_blocks", &b.train_blocks, "blocks", 1, 100,
        "With train: last_blocks, how many; YAMNet has 14, CED 12. The blocks before stay frozen and cached.");
  d.add("backbone.learning_rate", &b.learning_rate, "", 0, 100,
        "Peak learning rate of the network's last block; it follows the head's schedule.");
  d.add("backbone.warmup_epochs", &b.warmup_epochs, "epochs", 0, 1e6,
        "Linear warm-up of the network's learning rate, on top of the schedule.");
  d.add("backbone.weight_decay", &b.weight_decay, "", 0, 100, "Weight decay of the network's kernels.");
  d.add("backbone.layer_decay", &b.layer_decay, "", 0.001, 1, "Learning rate as a factor of the next block's.");
  d.add_path("store.folder", &e.store.folder, "Folder of the embedding store, kept between runs; may be shared.");
  d.add("silence.windows", &s.windows, "What training does with silent windows; evaluation uses all windows.");
  d.add("silence.measure", &s.measure, "What makes a window silent: its level, or YAMNet's score for Silence.");
  d.add("silence.threshold_dbfs", &s.threshold_dbfs, "dBFS", -200, 0, "Windows below this level are silent.");
  d.add("silence.threshold_score", &s.threshold_score, "", 0, 1, "Windows with at least this score are silent.");
  d.add("silence.weight", &s.weight, "", 0, 1, "Weight of a silent window in the loss, with windows: weight.");
  d.add("head.input", &h.input, "Input of the head for each window.");
  d.add("head.hidden", &h.hidden, "units", 1, 65536, "Sizes of the hidden layers; empty: a linear head.");
  d.add("head.activation", &h.activation, "Activation after each hidden layer.");
  d.add("head.normalization", &h.normalization, "Normalization between each hidden layer and its activation.");
  d.add("head.dropout", &h.dropout, "", 0, 0.99, "Probability of dropping a value before each layer.");
  d.add("head.pooling", &h.pooling, "Classify each window and average the logits, or pool a clip's windows first.");
  d.add("head.standardize", &h.standardize, "Give inputs zero mean and unit variance, as on the training windows.");
  d.add("head.scaling", &h.scaling, "Divide what enters the layers, a window or a pooled clip, by its RMS.");
  d.add("head.known_classes", &h.known_classes,
        "Classes that the backbone knows, as 'own class: [its classes]'; its scaled logits are added to the head's.");
  d.add("head.known_class_weight", &h.known_class_weight, "", 0, 1000,
        "Weight of the backbone's logits: logits per standard deviation over the training data; auto: fitted by "
        "cross-validation within the training clips.");
  d.add("head.append", &h.append,
        "Classes that the model answers behind its own: none, or the backbone's (YAMNet's 521) with their scores.");
}

void declare_objective(Declarer& d, Experiment& e) {
  auto& o = e.objective;
  d.add("objective.type", &o.type, "The loss function to minimise.");
  d.add("objective.label_smoothing", &o.label_smoothing, "", 0, 0.99, "Share of the target spread over all classes.");
  d.add("objective.focal_gamma", &o.focal_gamma, "", 0, 10, "Focusing exponent of the focal loss.");
  d.add("objective.class_weights", &o.class_weights, "Weight of each class in the loss.");
  d.add("objective.class_weight_values", &o.class_weight_values, "", 0, 1e6,
        "One per class, with class_weights: given.");
}

void declare_distillation(Declarer& d, Experiment& e) {
  auto& s = e.student;
  auto& t = e.distillation;
  d.add("student.width", &s.width, "", 0.05, 1,
        "Channels of the student as a share of the teacher's (of YAMNet's when that is CED), in eights.");
  d.add("student.channels", &s.channels, "channels", 1, 65536,
        "Channels of each block, first to last, instead of student.width; empty: from student.width.");
  d.add("student.embedding_size", &s.embedding_size, "values", 0, 65536,
        "Size of the student's embedding; 0: from the channels of its last block.");
  d.add("student.init", &s.init,
        "Start from random kernels with batch norms that learn statistics, or from the teacher, channels removed.");
  d.add("distillation.data", &t.data, "Train on the recordings of data.*; labels are not used.");
  d.add("distillation.leave_out_esc10", &t.leave_out_esc10,
        "Leave out ESC-10's clips and all others cut from the same source recordings; for layout esc50.");
  d.add_path("distillation.folders", &t.folders, "Folders of more recordings to train on.");
  d.add("distillation.synthetic_clips", &t.synthetic_clips, "clips", 0, 1e6, "Synthesised sounds of 5 s to train on.");
  d.add("distillation.crops", &t.crops, "crops", 1, 1e8, "Crops of 0.975 s in an epoch.");
  d.add("distillation.new_crops_after", &t.new_crops_after, "epochs", 0, 1e6, "Epochs between new crops; 0: never.");
  d.add("distillation.validation_share", &t.validation_share, "", 0, 0.5, "Share of the sounds to validate on.");
  d.add("distillation.validation_crops", &t.validation_crops, "crops", 1, 1e6,
        "Unaugmented crops of the held-out sounds that each epoch is evaluated on.");
  d.add("distillation.gain_db", &t.gain_db, "dB", 0, 60, "A crop is at most this much louder or softer.");
  d.add("distillation.mix_share", &t.mix_share, "", 0, 1,
        "Share of the crops that another sound is mixed into, 15 dB below to 5 dB above.");
  d.add("distillation.noise_share", &t.noise_share, "", 0, 1, "Share of crops with noise mixed in, 0 to 30 dB below.");
  d.add("distillation.speed_percent", &t.speed_percent, "%", 0, 50, "A crop is at most this much faster or slower.");
  d.add("distillation.embedding_weight", &t.embedding_weight, "", 0, 1e6,
        "Weight of 1 - the cosine of student's and teacher's embeddings in the loss.");
  d.add("distillation.size_weight", &t.size_weight, "", 0, 1e6, "Weight of the embedding's relative squared error.");
  d.add("distillation.score_weight", &t.score_weight, "", 0, 1e6,
        "Weight of the divergence of the student's scores from the teacher's, summed over classes.");
}

void declare_optimization(Declarer& d, Experiment& e) {
  auto& o = e.optimizer;
  auto& s = e.schedule;
  d.add("optimizer.type", &o.type, "The optimisation method.");
  d.add("optimizer.learning_rate", &o.learning_rate, "", 0, 100, "Peak learning rate.");
  d.add("optimizer.weight_decay", &o.weight_decay, "", 0, 100, "Weight decay (decoupled for adamw).");
  d.add("optimizer.momentum", &o.momentum, "", 0, 0.9999, "Momentum of sgd.");
  d.add("optimizer.gradient_clip_norm", &o.gradient_clip_norm, "", 0, 1e9, "Largest norm of the gradient; 0: any.");
  d.add("schedule.type", &s.type, "How the learning rate changes.");
  d.add("schedule.warmup_epochs", &s.warmup_epochs, "epochs", 0, 1e6, "Linear warm-up at the start.");
  d.add("schedule.final_factor", &s.final_factor, "", 0, 1, "Where cosine ends, as a factor of the learning rate.");
  d.add("schedule.plateau_factor", &s.plateau_factor, "", 0.001, 0.999, "Factor of reduce_on_plateau.");
  d.add("schedule.plateau_patience", &s.plateau_patience, "epochs", 1, 1e6, "Epochs that reduce_on_plateau waits.");
}

void declare_augmentation(Declarer& d, Experiment& e) {
  auto& a = e.augmentation;
  d.add("augmentation.mixup_alpha", &a.mixup_alpha, "", 0, 10, "Parameter of mixup on embeddings; 0: off.");
  d.add("augmentation.noise_std", &a.noise_std, "", 0, 100, "Deviation of Gaussian noise on training inputs; 0: off.");
  d.add("augmentation.waveform_variants", &a.waveform_variants, "variants", 0, 1000,
        "Augmented copies of each training clip, embedded and trained on in addition to it; 0: off.");
  d.add("augmentation.fresh_share", &a.fresh_share, "", 0, 1,
        "Share of the training clips that each epoch augments with new random values; 0: off.");
  d.add("augmentation.gain_db", &a.gain_db, "dB", 0, 60, "A variant is at most this much louder or softer.");
  d.add("augmentation.shift_s", &a.shift_s, "s", 0, 3600, "A variant is shifted circularly in time by at most this.");
  d.add("augmentation.speed_percent", &a.speed_percent, "%", 0, 50, "A variant is at most this much faster or slower.");
  d.add_path("augmentation.noise_folder", &a.noise_folder, "Folder of recordings; one is mixed into each variant.");
  d.add("augmentation.noise_snr_db_min", &a.noise_snr_db_min, "dB", -60, 100, "Lowest signal-to-noise ratio.");
  d.add("augmentation.noise_snr_db_max", &a.noise_snr_db_max, "dB", -60, 100, "Highest signal-to-noise ratio.");
  d.add("augmentation.time_mask_s", &a.time_mask_s, "s", 0, 3600, "A segment of at most this length is set to zero.");
  d.add("augmentation.pitch_semitones", &a.pitch_semitones, "semitones", 0, 24,
        "A variant's pitch is at most this much higher or lower, at the same speed (needs SoundTouch).");
  d.add_path("augmentation.room_folder", &a.room_folder,
             "Folder of impulse responses of rooms; each variant sounds in one of them.");
  d.add("augmentation.room_rt60_s", &a.room_rt60_s, "s", 0, 10,
        "A variant sounds in a generated room whose sound takes 0.1 s up to this to fall by 60 dB; 0: off.");
  d.add("augmentation.filter_db", &a.filter_db, "dB", 0, 60,
        "A variant's low, middle and high frequencies are each at most this much louder or softer.");
  d.add("augmentation.band_pass_share", &a.band_pass_share, "", 0, 1,
        "Share of the variants that lose what is below 100 to 600 Hz and above 2 to 6 kHz.");
  d.add("augmentation.mask_bands", &a.mask_bands, "bands", 0, 1000,
        "In each window of a variant at most this many neighbouring bands of the log-mel are set to silence.");
  d.add("augmentation.mask_frames", &a.mask_frames, "frames", 0, 10000,
        "In each window of a variant at most this many neighbouring frames of the log-mel are set to silence.");
}

void declare_training(Declarer& d, Experiment& e) {
  auto& s = e.early_stopping;
  d.add("training.epochs", &e.training.epochs, "epochs", 1, 1e6, "Passes over the training data, at most.");
  d.add("training.batch_size", &e.training.batch_size, "windows, or clips when pooling", 1, 1e6, "Samples per step.");
  d.add("training.sampling", &e.training.sampling,
        "Each epoch takes every sample once (shuffled), or as many as that with all classes equally often (balanced).");
  d.add("training.ema_decay", &e.training.ema_decay, "", 0, 0.999999,
        "Decay of the moving average of the weights that is evaluated and kept; 0: off.");
  d.add("early_stopping.enabled", &s.enabled, "Stop when the monitored value no longer improves.");
  d.add("early_stopping.monitor", &s.monitor, "The value that decides.");
  d.add("early_stopping.mode", &s.mode, "Whether smaller or larger is better; auto: by the name.");
  d.add("early_stopping.patience", &s.patience, "epochs", 1, 1e6, "Epochs without improvement before stopping.");
  d.add("early_stopping.min_delta", &s.min_delta, "", 0, std::numeric_limits<double>::infinity(),
        "Smallest change that counts as an improvement.");
  d.add("early_stopping.restore_best", &s.restore_best, "Keep the weights of the best epoch, not the last.");
  d.add("calibration.temperature", &e.calibration.temperature, "Fit a temperature on the validation clips.");
  d.add("calibration.thresholds", &e.calibration.thresholds, "Choose thresholds by F1 on the validation clips.");
  d.add("decision.silence_gate", &e.decision.silence_gate,
        "Answer silence for sound that is below silence_dbfs, or whose score for YAMNet's class Silence is high.");
  d.add("decision.silence_dbfs", &e.decision.silence_dbfs, "dBFS", -200, 0, "Sound below this level is silence.");
  d.add("decision.silence_score", &e.decision.silence_score, "", 0, 1,
        "Sound with at least this score for YAMNet's class Silence is silence.");
  d.add_path("run.folder", &e.run.folder, "Folder in which each run makes its own.");
  d.add("run.device", &e.run.device, "auto, cpu, cuda or cuda:N.");
  d.add("run.tf32", &e.run.tf32,
        "Let CUDA round the inputs of matrix products to TF32: faster on GPUs since Ampere, and less exact.");
  d.add("run.threads", &e.run.threads, "threads", 0, 4096, "Threads to use; 0: the processors this process may use.");
  d.add("run.feature_memory_mb", &e.run.feature_memory_mb, "MB", 0, 1e9,
        "Features that need more memory are read from the store batch by batch; 0: half of the machine's memory.");
  d.add("run.tensorboard", &e.run.tensorboard,
        "Write event files for TensorBoard into the run's folder: tensorboard --logdir experiments shows all runs.");
  d.add("report.enabled", &e.report.enabled, "At the end write the run as a page, report.html, into its folder.");
  d.add("report.audio", &e.report.audio, "Sounds of that page: in it (embed), links to the files (link), or none.");
}

}  // namespace

const settings::KeyRules& key_rules() {
  static const settings::KeyRules rules = {{"sweep", "head.known_classes"}, {{"silence.frames", "silence.windows"}}};
  return rules;
}

std::vector<Option> options_of(Experiment& experiment) {
  Declarer declarer;
  for (const auto declare : {declare_data, declare_protocol, declare_model, declare_objective, declare_distillation,
                             declare_optimization, declare_augmentation, declare_training}) {
    declare(declarer, experiment);
  }
  return std::move(declarer.options);
}

std::vector<Option> options_of(Experiment& experiment, Program program) {
  auto options = options_of(experiment);
  const auto foreign = [&](const Option& option) { return !reads(program, option.key); };
  options.erase(std::remove_if(options.begin(), options.end(), foreign), options.end());
  return options;
}

}  // namespace soundfold::config
