// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "config/options.h"
#include "config/parsed.h"
#include "config/print.h"
#include "config/relevance.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <map>
#include <string>

// A key that was given and has no effect is a mistake that would not show in the result.

using namespace soundfold;
using Catch::Contains;
using testing::parse;

namespace {

struct Case {
  const char* setting;  ///< without effect
  const char* message;  ///< what is said of it
  const char* with;     ///< a setting that gives it one; empty: none alone
};

/// Options that act whatever the others are, between blanks.
const std::string kAlwaysActing =
    " name seed data.channels data.on_bad_clip data.negative_class protocol.type backbone.weights backbone.engine "
    "backbone.precision backbone.device backbone.patch_hop_frames backbone.taps backbone.train store.folder "
    "silence.windows head.input head.hidden head.dropout head.pooling head.standardize head.scaling "
    "head.known_classes head.append objective.type objective.label_smoothing objective.class_weights "
    "objective.class_weight_values student.channels student.embedding_size student.init distillation.data "
    "distillation.folders distillation.synthetic_clips distillation.crops distillation.new_crops_after "
    "distillation.validation_share distillation.gain_db distillation.mix_share distillation.noise_share "
    "distillation.speed_percent distillation.embedding_weight distillation.size_weight distillation.score_weight "
    "optimizer.type optimizer.learning_rate optimizer.weight_decay optimizer.gradient_clip_norm schedule.type "
    "schedule.warmup_epochs augmentation.mixup_alpha augmentation.noise_std augmentation.waveform_variants "
    "augmentation.fresh_share training.epochs training.batch_size training.sampling training.ema_decay "
    "early_stopping.enabled "
    "early_stopping.restore_best calibration.temperature calibration.thresholds decision.silence_gate run.folder "
    "run.device run.tf32 run.threads run.feature_memory_mb run.tensorboard report.enabled ";

}  // namespace

TEST_CASE("every option has a condition, or is known to act always", "[config]") {
  config::Experiment experiment;
  for (const auto& option : config::options_of(experiment)) {
    INFO(option.key);
    CHECK(config::has_condition(option.key) != (kAlwaysActing.find(" " + option.key + " ") != std::string::npos));
  }
  CHECK_FALSE(config::has_condition("head.no_such_key"));
}

TEST_CASE("a key without effect is refused where it was given, and accepted with what it needs", "[config]") {
  const Case cases[] = {
      {"augmentation.gain_db=6",
       "augmentation.gain_db: 6 has no effect; it needs augmentation.waveform_variants or augmentation.fresh_share "
       "above 0",
       "augmentation.waveform_variants=2"},
      {"augmentation.noise_snr_db_min=5", "needs augmentation.noise_folder", "augmentation.noise_folder=x"},
      {"folds.train=[1]", "needs data with folds", "data.layout=esc50"},
      {"folds.validation_fraction=0.3", "folds.validation_fraction: 0.3 has no effect; it needs data without folds",
       "data.layout=folders"},
      {"protocol.repeats=5", "needs protocol.type: cross_validation", "protocol.type=cross_validation"},
      {"protocol.folds=[1, 4]", "needs protocol.type: cross_validation", "protocol.type=cross_validation"},
      {"data.max_bad_clips=3", "needs data.on_bad_clip: skip", "data.on_bad_clip=skip"},
      {"backbone.train_blocks=2", "needs backbone.train: last_blocks", "backbone.train=last_blocks"},
      {"backbone.weight_decay=0.1", "needs backbone.train", "backbone.train=all"},
      {"silence.weight=0.2", "needs silence.windows: weight", "silence.windows=weight"},
      {"silence.threshold_score=0.2", "needs silence.windows: drop or weight, with silence.measure: score", ""},
      {"head.activation=gelu", "needs a hidden layer", "head.hidden=[8]"},
      {"head.known_class_weight=3", "needs head.known_classes", "head.known_classes=[dog = Dog]"},
      {"objective.focal_gamma=1", "needs objective.type: focal", "objective.type=focal"},
      {"optimizer.momentum=0.5", "needs optimizer.type: sgd", "optimizer.type=sgd"},
      {"schedule.final_factor=0.1", "needs a schedule.type other than constant", "schedule.type=cosine"},
      {"schedule.plateau_patience=2", "needs schedule.type: reduce_on_plateau", "schedule.type=reduce_on_plateau"},
      {"early_stopping.patience=9", "needs early_stopping.enabled: true", "early_stopping.enabled=true"},
      {"decision.silence_dbfs=-50", "needs decision.silence_gate: true", "decision.silence_gate=true"},
  };
  // What else is set, where the defaults give them an effect or their remedy needs more.
  const std::map<std::string, std::vector<std::string>> around = {
      {"augmentation.noise_snr_db_min=5", {"augmentation.fresh_share=0.5", "augmentation.gain_db=3"}},
      {"head.activation=gelu", {"head.hidden=[]"}},
      {"folds.train=[1]", {"data.layout=folders"}},
      {"early_stopping.patience=9", {"early_stopping.enabled=false"}},
      {"decision.silence_dbfs=-50", {"decision.silence_gate=false"}},
  };
  for (const auto& each : cases) {
    INFO(each.setting);
    std::vector<std::string> given;
    if (const auto more = around.find(each.setting); more != around.end()) given = more->second;
    given.emplace_back(each.setting);
    CHECK_THROWS_WITH(parse("", given),
                      Contains(std::string("--set ") + each.setting + ": ") && Contains(each.message));
    if (*each.with == '\0') continue;
    given.emplace_back(each.with);
    CHECK_NOTHROW(parse("", given));
  }
}

TEST_CASE("a key that only the other program reads is refused, with that program's name", "[config]") {
  using config::Program;
  CHECK_THROWS_WITH(parse("student: {width: 0.25}"),
                    Contains("a.yaml:1: student.width is a key of distiller; use distiller for this file"));
  CHECK_THROWS_WITH(parse("head: {dropout: 0.5}\nstudent: {width: 0.25}"),
                    Contains("a.yaml:2: student.width: 0.25 has no effect; it needs the program distiller"));
  CHECK_THROWS_WITH(parse("head: {dropout: 0}", {}, Program::distiller),
                    Contains("a.yaml:1: head.dropout is a key of trainer; use trainer for this file"));
  CHECK_THROWS_WITH(parse("", {"distillation.crops=100"}), Contains("it needs the program distiller"));
  for (const std::string setting : {"head.dropout=0.5", "objective.type=focal", "protocol.type=cross_validation",
                                    "calibration.temperature=true", "folds.train=[1]", "backbone.train=all"}) {
    INFO(setting);
    CHECK_THROWS_WITH(parse("", {setting}, Program::distiller), Contains("it needs the program trainer"));
  }
  CHECK(parse("student: {width: 0.25}", {"distillation.crops=100"}, Program::distiller).distillation.crops == 100);
  CHECK_THROWS_WITH(parse("", {"distilation.cops=1"}, Program::distiller), Contains("distillation.crops"));
  CHECK_THROWS_WITH(parse("", {"xyzzy=1"}, Program::distiller), Contains("distiller --options lists all keys"));
  CHECK_THROWS_WITH(parse("", {"xyzzy=1"}), Contains("trainer --options lists all keys"));
  for (const auto program : {Program::trainer, Program::distiller}) {
    CHECK_THROWS_WITH(
        parse("objective: {type: distill}", {}, program),
        Contains("a.yaml:1: objective.type: distill is a program of its own") && Contains("use distiller"));
  }
}

TEST_CASE("the keys of the other program may be inherited", "[config]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "base.yaml", "head: {dropout: 0.5}\nprotocol: {type: cross_validation}\nseed: 3\n");
  write_file_atomically(folder / "own.yaml", "extends: base.yaml\nstudent: {width: 0.25}\n");
  const auto own = config::load_experiment(folder / "own.yaml", {}, config::Program::distiller);
  CHECK(own.seed == 3);
  CHECK(own.student.width == 0.25);
  CHECK(own.head.dropout == 0);
  CHECK(own.protocol.type == config::ProtocolType::fixed);
  write_file_atomically(folder / "shared.yaml", "extends: own.yaml\nseed: 4\n");
  CHECK(config::load_experiment(folder / "shared.yaml", {}, config::Program::distiller).seed == 4);
  write_file_atomically(folder / "none.yaml", "extends: base.yaml\nseed: 4\n");
  CHECK_THROWS_WITH(config::load_experiment(folder / "none.yaml", {}, config::Program::distiller),
                    Contains("base.yaml:1: head.dropout is a key of trainer"));
}

TEST_CASE("a run's configuration is that of its program", "[config]") {
  using config::Program;
  const auto distilled = config::to_yaml(parse("student: {width: 0.25}", {}, Program::distiller));
  CHECK_THAT(distilled, Contains("width: 0.25") && !Contains("head:") && !Contains("objective:"));
  const auto trained = config::to_yaml(parse(""));
  CHECK_THAT(trained, Contains("head:") && !Contains("student:") && !Contains("distillation:"));
  CHECK(config::stored_experiment(distilled, "c.yaml", {}, Program::distiller).student.width == 0.25);
  CHECK_THROWS_WITH(config::stored_experiment(distilled, "c.yaml"),
                    Contains("is a key of distiller; use distiller for this file"));
  CHECK_THROWS_WITH(config::stored_experiment(trained, "c.yaml", {}, Program::distiller),
                    Contains("is a key of trainer; use trainer for this file"));
  // Earlier versions wrote the keys of both.
  CHECK(config::stored_experiment(trained + "student: {width: 0.5}\n", "c.yaml").student.width == 0.5);
}

TEST_CASE("rules of a distillation", "[config]") {
  const auto distilled = [](const std::string& yaml) { return parse(yaml, {}, config::Program::distiller); };
  CHECK_THROWS_WITH(distilled("distillation: {embedding_weight: 0, size_weight: 0, score_weight: 0}"),
                    Contains("nothing would be trained"));
  CHECK_THROWS_WITH(distilled("schedule: {type: reduce_on_plateau}"), Contains("use cosine"));
  CHECK_THROWS_WITH(distilled("distillation: {crops: 1}"), Contains("at least 2 crops"));
  CHECK_THROWS_WITH(distilled("training: {batch_size: 1}"), Contains("training.batch_size"));
  CHECK_THROWS_WITH(distilled("distillation: {leave_out_esc10: true}\ndata: {layout: folders}"),
                    Contains("needs data.layout: esc50"));
  CHECK_THROWS_WITH(distilled("sweep: {values: {student.width: [0.25, 0.5]}}"), Contains("the program trainer"));
  CHECK_THROWS_WITH(distilled("student: {width: 0}"), Contains("0.05 to 1; given: 0"));
  CHECK(distilled("data: {layout: csv, manifest: m.csv, multi_label: true}").data.multi_label);
}

TEST_CASE("in a file the key is named with its line", "[config]") {
  CHECK_THROWS_WITH(parse("seed: 1\naugmentation:\n  gain_db: 6\n"),
                    Contains("a.yaml:3: augmentation.gain_db: 6 has no effect; it needs augmentation."));
  CHECK_THROWS_AS(parse("augmentation:\n  gain_db: 6\n"), UsageError);
}

TEST_CASE("a value equal to the default is no mistake", "[config]") {
  CHECK(parse("augmentation: {gain_db: 0}\nobjective: {focal_gamma: 2}\n").objective.focal_gamma == 2);
  CHECK(parse("", {"augmentation.gain_db=0"}).augmentation.gain_db == 0);
}

TEST_CASE("an inherited key without effect has its default", "[config]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "base.yaml", "folds: {train: [1], validation: [], test: [4]}\nseed: 3\n");
  write_file_atomically(folder / "own.yaml", "extends: base.yaml\ndata: {layout: folders, root: my_sounds}\n");
  const auto own = config::load_experiment(folder / "own.yaml");
  CHECK(own.seed == 3);
  CHECK(own.folds.train == config::Folds().train);
  CHECK(config::load_experiment(folder / "own.yaml", {"data.layout=esc50"}).folds.train ==
        std::vector<std::int64_t>{1});
  write_file_atomically(folder / "top.yaml", "extends: own.yaml\nfolds: {train: [2]}\n");
  CHECK_THROWS_WITH(config::load_experiment(folder / "top.yaml"),
                    Contains("top.yaml:2: folds.train: [2] has no effect"));
}

TEST_CASE("the command line may make a file's key ineffective or effective", "[config]") {
  const std::string patient = "early_stopping: {patience: 8}\n";
  CHECK(parse(patient).early_stopping.patience == 8);
  CHECK(parse(patient, {"early_stopping.enabled=false"}).early_stopping.patience == config::EarlyStopping().patience);
  const std::string gain = "augmentation: {gain_db: 6}\n";
  CHECK(parse(gain, {"augmentation.waveform_variants=1"}).augmentation.gain_db == 6);
  CHECK_THROWS_WITH(parse(gain, {"seed=4"}), Contains("a.yaml:1: augmentation.gain_db"));
}

TEST_CASE("a stored configuration is taken as it is, but not what is set beside it", "[config]") {
  config::Experiment whole;
  whole.augmentation.gain_db = 6;
  const auto text = config::to_yaml(whole);
  CHECK_THROWS_AS(config::parse_experiment(text, "config.yaml"), UsageError);
  CHECK(config::stored_experiment(text, "config.yaml").augmentation.gain_db == 0);
  CHECK(config::stored_experiment(text, "config.yaml", {"augmentation.waveform_variants=1"}).augmentation.gain_db == 6);
  CHECK_THROWS_WITH(config::stored_experiment(text, "config.yaml", {"augmentation.shift_s=1"}),
                    Contains("--set augmentation.shift_s=1"));
  // What a configuration resolves to reads back, whatever was put out of effect in it.
  const auto resolved = parse("early_stopping: {patience: 8}\n", {"early_stopping.enabled=false"});
  CHECK(config::to_yaml(config::parse_experiment(config::to_yaml(resolved), "config.yaml")) ==
        config::to_yaml(resolved));
}

TEST_CASE("in a sweep a key must act in one member at least", "[config]") {
  const std::string silence = "silence: {weight: 0.3}\nsweep: {values: {silence.windows: [keep, ";
  CHECK(parse(silence + "weight]}}\n").silence.weight == 0.3);
  CHECK_THROWS_WITH(parse(silence + "drop]}}\n"), Contains("a.yaml:1: silence.weight: 0.3 has no effect"));
  CHECK_THROWS_WITH(parse("sweep: {values: {augmentation.gain_db: [0, 6]}}\n"),
                    Contains("sweep: augmentation.gain_db has no effect in any member; it needs augmentation."));
  CHECK_NOTHROW(parse("sweep: {values: {optimizer.type: [adam, sgd], optimizer.momentum: [0.5, 0.9]}}\n"));
  CHECK_THROWS_WITH(parse("sweep: {values: {calibration.temperature: [true, false]}}\n"),
                    Contains("cannot be swept; it acts after the training"));
}

TEST_CASE("a learning rate of zero is refused, for head and network", "[config]") {
  CHECK_THROWS_WITH(parse("", {"optimizer.learning_rate=0"}), Contains("optimizer.learning_rate: 0 trains nothing"));
  CHECK_THROWS_WITH(parse("backbone: {train: all, learning_rate: 0}"), Contains("leaves the network as it is"));
  CHECK_THROWS_WITH(parse("sweep: {values: {optimizer.learning_rate: [0, 0.1]}}"), Contains("trains nothing"));
}
