// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include "config/parsed.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
using testing::parse;

TEST_CASE("an empty configuration is the tutorial's setting", "[config]") {
  const auto e = parse("");
  CHECK(e.training.epochs == 20);
  CHECK(e.training.batch_size == 32);
  CHECK(e.optimizer.learning_rate == 1e-3);
  CHECK(e.head.hidden == std::vector<std::int64_t>{512});
  CHECK(e.early_stopping.monitor == config::Metric::loss);
  CHECK(e.early_stopping.patience == 3);
}

TEST_CASE("values, lists and overrides are read", "[config]") {
  const auto e =
      parse("name: cats\ndata:\n  classes: [cat, dog]\nfolds:\n  train: [1]\n  validation: []\n  test: [4]\n",
            {"training.epochs=5", "folds.train=[2, 3]", "head.hidden=[]", "head.dropout=0.5"});
  CHECK(e.name == "cats");
  CHECK(e.data.classes == std::vector<std::string>{"cat", "dog"});
  CHECK(e.folds.train == std::vector<std::int64_t>{2, 3});
  CHECK(e.folds.validation.empty());
  CHECK(e.head.hidden.empty());
  CHECK(e.head.dropout == 0.5);
  CHECK(e.training.epochs == 5);
}

TEST_CASE("a file extends another, and the last setting wins", "[config]") {
  const testing::TempFolder folder;
  make_folder(folder / "sub");
  write_file_atomically(folder / "base.yaml", "seed: 3\ntraining:\n  epochs: 7\n  batch_size: 8\n");
  write_file_atomically(folder / "sub/mid.yaml", "extends: ../base.yaml\ntraining:\n  epochs: 9\n");
  write_file_atomically(folder / "top.yaml", "extends: sub/mid.yaml\nname: top\n");
  const auto e = config::load_experiment(folder / "top.yaml", {"seed=4"});
  CHECK(e.seed == 4);
  CHECK(e.training.epochs == 9);
  CHECK(e.training.batch_size == 8);
  CHECK(e.name == "top");
}

TEST_CASE("a cycle of extends, or one to a missing file, is refused", "[config]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.yaml", "extends: b.yaml\n");
  write_file_atomically(folder / "b.yaml", "extends: a.yaml\n");
  CHECK_THROWS_WITH(config::load_experiment(folder / "a.yaml"), Contains("cycle"));
  CHECK_THROWS_WITH(parse("extends: none.yaml\n"), Contains("a.yaml:1: extends: no such file"));
  CHECK_THROWS_WITH(config::load_experiment(folder / "none.yaml"), Contains("no such file"));
}

TEST_CASE("each mistake is named by file, line, key, rule and value", "[config]") {
  CHECK_THROWS_WITH(parse("seed: 1\ntraining:\n  epoch: 5\n"),
                    Contains("a.yaml:3: unknown key training.epoch; did you mean training.epochs?"));
  CHECK_THROWS_WITH(parse("batch_size: 4\n"), Contains("did you mean training.batch_size?"));
  CHECK_THROWS_WITH(parse("training:\n  epochs: 0\n"),
                    Contains("a.yaml:2: training.epochs: must be a whole number, 1 to 1000000; given: 0"));
  CHECK_THROWS_WITH(parse("training:\n  epochs: many\n"), Contains("given: many"));
  CHECK_THROWS_WITH(parse("training:\n  epochs: 2.5\n"), Contains("must be a whole number"));
  CHECK_THROWS_WITH(parse("head:\n  dropout: .nan\n"), Contains("head.dropout"));
  CHECK_THROWS_WITH(parse("head:\n  pooling: max\n"), Contains("one of window, mean, mean_max, attention; given: max"));
  CHECK_THROWS_WITH(parse("head: 5\n"), Contains("head is a group of keys"));
  CHECK_THROWS_WITH(parse("folds:\n  train: one\n"), Contains("must be a list of whole numbers"));
  CHECK_THROWS_WITH(parse("seed: 1\nseed: 2\n"), Contains("a.yaml:2: seed: given twice"));
  CHECK_THROWS_WITH(parse("seed: [1\n"), Contains("not valid YAML"));
  CHECK_THROWS_WITH(parse("just text"), Contains("'key: value' lines"));
  CHECK_THROWS_WITH(parse("", {"training.epochs"}), Contains("write it as key=value"));
  CHECK_THROWS_WITH(parse("", {"trainin.epochs=3"}), Contains("--set trainin.epochs=3: unknown key"));
  CHECK_THROWS_AS(parse("", {"seed=x"}), UsageError);
}

TEST_CASE("rules between keys are checked before any work", "[config]") {
  CHECK_THROWS_WITH(parse("folds: {train: [1, 4], validation: [4]}"),
                    Contains("fold 4 is in folds.train and in folds.validation"));
  CHECK_THROWS_WITH(parse("folds: {train: []}"), Contains("at least one fold"));
  CHECK_THROWS_WITH(parse("name: a/b"), Contains("name: letters"));
  CHECK_THROWS_WITH(parse("data: {layout: csv}"), Contains("data.manifest"));
  CHECK_THROWS_WITH(parse("data: {layout: csv, manifest: m.csv, multi_label: true}"), Contains("binary_cross_entropy"));
  CHECK_THROWS_WITH(parse("folds: {validation: []}\nearly_stopping: {monitor: validation_loss}"),
                    Contains("needs validation clips: folds.validation is empty; name a fold there"));
  CHECK_THROWS_WITH(parse("objective: {class_weights: given}"), Contains("class_weight_values"));
  CHECK(parse("training: {sampling: balanced}").training.sampling == config::Sampling::balanced);
  CHECK_THROWS_WITH(parse("{training: {sampling: balanced}, objective: {class_weights: balanced}}"),
                    Contains("would both make up for rare classes; give one of them"));
  CHECK_THROWS_WITH(parse("data: {layout: csv, manifest: m.csv, multi_label: true}\nobjective: {type: "
                          "binary_cross_entropy}\ntraining: {sampling: balanced}"),
                    Contains("training.sampling: balanced needs one label for each clip"));
  CHECK_THROWS_WITH(parse("training: {sampling: even}"), Contains("one of shuffled, balanced; given: even"));
}

TEST_CASE("the backbone's classes are appended to a head on a frozen backbone only", "[config]") {
  CHECK(parse("head: {append: backbone}").head.append == config::Append::backbone);
  CHECK_THROWS_WITH(parse("head: {append: backbone}\nbackbone: {train: last_blocks}"),
                    Contains("head.append: backbone needs backbone.train: none"));
  CHECK_THROWS_WITH(parse("head: {append: yamnet}"), Contains("one of none, backbone; given: yamnet"));
  CHECK_THROWS_WITH(parse("sweep: {values: {head.append: [none, backbone]}}"),
                    Contains("head.append cannot be swept; it acts after the training"));
}

TEST_CASE("rules of silence, variants, calibration and the negative class", "[config]") {
  CHECK_THROWS_WITH(parse("silence: {windows: drop}\nhead: {pooling: mean}"),
                    Contains("head.pooling: window only; given: mean"));
  CHECK(parse("silence: {windows: weight, weight: 0}").silence.weight == 0);
  CHECK_THROWS_WITH(parse("augmentation: {waveform_variants: 2}"),
                    Contains("waveform_variants: nothing changes the clips"));
  CHECK_THROWS_WITH(parse("augmentation: {noise_snr_db_min: 30}"), Contains("noise_snr_db_min is above"));
  CHECK(parse("augmentation: {waveform_variants: 2, gain_db: 3}").augmentation.waveform_variants == 2);
  CHECK(parse("augmentation: {waveform_variants: 2, mask_bands: 8}").augmentation.mask_bands == 8);
  CHECK_THROWS_WITH(parse("augmentation: {waveform_variants: 2, room_folder: rooms, room_rt60_s: 1}"),
                    Contains("room_folder and augmentation.room_rt60_s: give one of them"));
  CHECK_THROWS_WITH(parse("augmentation: {waveform_variants: 2, band_pass_share: 1.5}"),
                    Contains("band_pass_share: must be a number, 0 to 1; given: 1.5"));
  CHECK_THROWS_WITH(parse("augmentation: {waveform_variants: 2, pitch_semitones: -1}"),
                    Contains("pitch_semitones: must be a number, 0 to 24; given: -1"));
  CHECK_THROWS_WITH(parse("augmentation: {fresh_share: 0.5}"), Contains("fresh_share: nothing changes the clips"));
  CHECK_THROWS_WITH(parse("augmentation: {fresh_share: 0.5, waveform_variants: 2, gain_db: 3}"),
                    Contains("give one of them"));
  CHECK_THROWS_WITH(parse("{augmentation: {fresh_share: 0.5, gain_db: 3}, silence: {windows: drop}}"),
                    Contains("needs silence.windows: keep"));
  CHECK(parse("augmentation: {fresh_share: 0.5, gain_db: 3}").augmentation.fresh_share == 0.5);
  CHECK_THROWS_WITH(parse("calibration: {temperature: true}\nfolds: {validation: []}"),
                    Contains("calibration.temperature needs validation clips"));
  CHECK_THROWS_WITH(parse("data: {classes: [dog, cat], negative_class: other}"),
                    Contains("other is not in data.classes"));
  CHECK(parse("data: {negative_class: other}").data.negative_class == "other");
  CHECK(parse("data: {classes: [dog, Other], negative_class: other}").data.negative_class == "other");
  CHECK(parse("data: {classes: [dog, cat], other_class: other, negative_class: other}").data.other_class == "other");
}

TEST_CASE("rules of classes that are not chosen, and of a CSV's columns", "[config]") {
  CHECK_THROWS_WITH(parse("data: {other_class: other}"), Contains("name those that are in data.classes"));
  CHECK_THROWS_WITH(
      parse("{data: {layout: csv, manifest: m.csv, multi_label: true, classes: [dog], other_class: other}, "
            "objective: {type: binary_cross_entropy}}"),
      Contains("data.keep_unlabelled"));
  CHECK_THROWS_WITH(parse("data: {layout: csv, manifest: m.csv, keep_unlabelled: true}"),
                    Contains("data.keep_unlabelled needs data.multi_label: true"));
  CHECK_THROWS_WITH(parse("data: {columns: {path: filename}}"), Contains("data.columns is for data.layout: csv"));
  CHECK(parse("data: {layout: csv, manifest: m.csv, columns: {path: filename}}").data.columns.path == "filename");
}

TEST_CASE("rules of where a cross-validation's folds come from", "[config]") {
  const std::string start = "protocol: {type: cross_validation, ";
  CHECK_THROWS_WITH(parse(start + "folds_from: sources, folds: [1, 2]}"), Contains("protocol.folds_from: sources"));
  CHECK_THROWS_WITH(parse(start + "folds_from: each_source, folds: [1, 2]}"), Contains("makes others"));
  CHECK(parse(start + "folds_from: sources, fold_count: 2}").protocol.fold_count == 2);
}

TEST_CASE("a precision that the engine does not have is refused", "[config]") {
  CHECK_THROWS_WITH(parse("backbone: {engine: torchscript, precision: int8}"),
                    Contains("a.yaml") && Contains("backbone.precision: int8") && Contains("onednn"));
  CHECK(parse("backbone: {engine: onednn, precision: int8}").backbone.precision == config::Precision::int8);
  CHECK(parse("backbone: {engine: torchscript, precision: auto}").backbone.engine == config::Engine::torchscript);
}

TEST_CASE("hostile YAML is an error, not a crash", "[config]") {
  CHECK_THROWS_AS(parse(std::string(5000, '[')), UsageError);
  CHECK_THROWS_AS(parse("a: {b: {c: {d: {e: {f: {g: {h: {i: {j: 1}}}}}}}}}"), UsageError);
  CHECK_THROWS_AS(parse("? [a, b]\n: 1\n"), UsageError);
  CHECK_THROWS_AS(parse("a: &x [*x]\n"), UsageError);
}

TEST_CASE("aliases that expand to millions of keys are refused at once", "[config]") {
  std::string yaml = "k0: &a0 {";
  for (int i = 0; i < 30; ++i) yaml += "x" + std::to_string(i) + ": 1, ";
  yaml += "}\n";
  for (int level = 1; level <= 6; ++level) {
    yaml += "k" + std::to_string(level) + ": &a" + std::to_string(level) + " {";
    for (int i = 0; i < 30; ++i) yaml += "x" + std::to_string(i) + ": *a" + std::to_string(level - 1) + ", ";
    yaml += "}\n";
  }
  CHECK_THROWS_WITH(parse(yaml), Contains("a.yaml: more than 10000 keys"));
}

TEST_CASE("messages about odd keys and values stay one line of bounded length", "[config]") {
  const std::string odd = "two\\nlines\\r\\x01";
  const std::string control = "\n\r\x01";
  for (const std::string& yaml :
       {"\"" + odd + "\": 1\n", "name: {\"" + odd + "\": 1}\n", "training: {epochs: \"" + odd + "\"}\n",
        "sweep: {\"" + odd + "\": 1}\n", std::string(200'000, 'k') + ": 1\n"}) {
    try {
      parse(yaml);
      FAIL("accepted: " << yaml.substr(0, 50));
    } catch (const UsageError& error) {
      const std::string message = error.what();
      CHECK(message.find_first_of(control) == std::string::npos);
      CHECK(message.size() <= 1000);
    }
  }
}
