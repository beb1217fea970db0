// SPDX-License-Identifier: Apache-2.0
#include "config/options.h"

#include "config/internal/relevance.h"
#include "config/internal/yaml_value.h"
#include "config/load.h"
#include "config/print.h"

#include <catch2/catch.hpp>

#include <set>

using namespace soundfold::config;

TEST_CASE("the printed configuration reads back to the same one", "[config]") {
  const auto e = parse_experiment(
      "name: x.y-1\nseed: 7\ndata: {classes: ['yes', '12', 'a, b', 'true', 'do: re', \"l\\nm\", '-dash', caf\u00e9]}\n"
      "optimizer: {learning_rate: 0.1}\nobjective: {class_weights: given, class_weight_values: [1, "
      "0.3333333333333333]}\n",
      "a.yaml");
  const std::string printed = to_yaml(e);
  const auto again = parse_experiment(printed, "printed");
  CHECK(to_yaml(again) == printed);
  CHECK(again.data.classes == e.data.classes);
  CHECK(again.objective.class_weight_values == e.objective.class_weight_values);
  CHECK(again.optimizer.learning_rate == 0.1);
}

TEST_CASE("keys are unique, explained, and their defaults keep their own rules", "[config]") {
  Experiment defaults;
  std::set<std::string> keys;
  for (const auto& option : options_of(defaults)) {
    INFO(option.key);
    CHECK(keys.insert(option.key).second);
    CHECK(option.meaning.size() > 10);
    CHECK(option.meaning.back() == '.');
    if (option.key == "name") continue;
    const auto dot = option.key.find('.');
    const std::string yaml = dot == std::string::npos ? option.key + ": " + value_text(option)
                                                      : option.key.substr(0, dot) + ":\n  " +
                                                            option.key.substr(dot + 1) + ": " + value_text(option);
    for (const auto program : {Program::trainer, Program::distiller}) {
      if (reads(program, option.key)) CHECK_NOTHROW(parse_experiment(yaml, "default", ".", {}, program));
    }
  }
  CHECK(keys.size() > 40);
}

TEST_CASE("numbers are written in their shortest exact form", "[config]") {
  CHECK(yaml_text(0.001) == "0.001");
  CHECK(yaml_text(1e-7) == "1e-07");
  CHECK(std::stod(yaml_text(1.0 / 3)) == 1.0 / 3);
}
