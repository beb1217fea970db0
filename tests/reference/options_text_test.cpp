// SPDX-License-Identifier: Apache-2.0
#include "reference/options_text.h"

#include "config/load.h"
#include "config/options.h"
#include "reference/internal/examples.h"
#include "reference/internal/topics.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <set>

using namespace soundfold;
using Catch::Contains;
using config::Program;
using reference::explanation;

TEST_CASE("every option of a program is in one topic, and the common ones come first", "[reference]") {
  for (const auto program : {Program::trainer, Program::distiller}) {
    config::Experiment defaults;
    defaults.program = program;
    std::set<std::string> listed;
    for (const auto& topic : reference::topics_of(defaults)) {
      INFO(topic.heading);
      CHECK_FALSE(topic.options.empty());
      CHECK(topic.heading != "Others");
      for (const auto& option : topic.options) CHECK(listed.insert(option.key).second);
    }
    CHECK(listed.size() == config::options_of(defaults, program).size());
    CHECK(reference::topics_of(defaults).front().options.size() <= 20);
  }
  const auto text = reference::options_help(Program::trainer);
  CHECK_THAT(text, Catch::StartsWith("Common: what most experiments set\n  name = experiment\n      Name of"));
  CHECK(text.find("training.epochs = 20") < text.find("Data: which recordings"));
  CHECK_THAT(text,
             Contains("\n\nHead: the classifier that is trained (docs/training.md)\n  head.input = embeddings\n"));
}

TEST_CASE("an option is explained with an example of YAML and of --set", "[reference]") {
  CHECK(explanation(Program::trainer, "training.batch_size") ==
        "training.batch_size\n"
        "  meaning   Samples per step.\n"
        "  type      whole number, 1 to 1000000\n"
        "  unit      windows, or clips when pooling\n"
        "  default   32\n"
        "  YAML      training:\n"
        "              batch_size: 64\n"
        "  or        --set training.batch_size=64\n");
  CHECK_THAT(explanation(Program::trainer, "silence.weight"), Contains("  needs     silence.windows: weight\n"));
  CHECK_THAT(explanation(Program::trainer, "data.columns.path"),
             Contains("  YAML      data:\n              columns:\n                path: filename\n"));
  CHECK_THAT(explanation(Program::trainer, "data.classes"), Contains("--set 'data.classes=[dog, cat]'\n"));
}

TEST_CASE("every example is accepted, and is not the default", "[reference]") {
  for (const auto program : {Program::trainer, Program::distiller}) {
    config::Experiment defaults;
    for (const auto& option : config::options_of(defaults, program)) {
      const auto value = reference::example_value(option);
      INFO(option.key << "=" << value);
      CHECK(value != config::value_text(option));
      try {
        config::parse_experiment("", "a.yaml", ".", {option.key + "=" + value}, program);
      } catch (const UsageError& error) {  // it may need other keys, but must be a value of its kind
        CHECK_THAT(error.what(), !Contains("must be a"));
      }
    }
  }
}

TEST_CASE("the beginning of keys lists them, the end of one finds it, and a wrong one gets the nearest",
          "[reference]") {
  const auto head = explanation(Program::trainer, "head");
  CHECK_THAT(head, Contains("  head.input = embeddings\n") && Contains("head.known_class_weight") &&
                       !Contains("training.") && !Contains("meaning"));
  CHECK_THAT(explanation(Program::trainer, "data.col"),
             Contains("data.columns.path") && Contains("data.columns.source"));
  CHECK_THAT(explanation(Program::trainer, "batch_size"), Catch::StartsWith("training.batch_size\n"));
  CHECK_THAT(explanation(Program::trainer, "learning_rate"),
             Contains("backbone.learning_rate = ") && Contains("optimizer.learning_rate = "));
  CHECK_THROWS_WITH(explanation(Program::trainer, "training.epoch_count"),
                    Contains("--options training.epoch_count: no such key"));
  CHECK_THROWS_WITH(explanation(Program::trainer, "traning.epochs"), Contains("did you mean training.epochs?"));
  CHECK_THROWS_WITH(explanation(Program::trainer, "batchsize"), Contains("did you mean training.batch_size?"));
  CHECK_THROWS_WITH(explanation(Program::trainer, "haed"), Contains("did you mean head?"));
  CHECK_THROWS_WITH(explanation(Program::trainer, "student.width"), Contains("no such key"));
  CHECK_THROWS_AS(explanation(Program::distiller, "head.input"), UsageError);
  CHECK_THROWS_AS(explanation(Program::trainer, "zzzzzzzzzzzz"), UsageError);
}

TEST_CASE("the documented options are the real ones", "[reference]") {
  // docs/configuration.md ends with what `trainer --options --markdown` and `distiller --options --markdown` print.
  const std::string text = read_file(testing::source_folder() / "docs/configuration.md");
  const std::string trainer = "\n## trainer\n\n", distiller = "\n## distiller\n\n";
  const auto first = text.find(trainer), second = text.find(distiller);
  REQUIRE((first < second && second != std::string::npos));
  const auto start = first + trainer.size();
  CHECK(text.substr(start, second - start) == reference::options_markdown(Program::trainer));
  CHECK(text.substr(second + distiller.size()) == reference::options_markdown(Program::distiller));
}
