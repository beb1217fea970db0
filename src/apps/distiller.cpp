// SPDX-License-Identifier: Apache-2.0
#include "apps/configuration.h"
#include "distillation/run_distillation.h"
#include "synthesis/synthesize.h"

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  distiller --config configs/distill_small.yaml
  distiller --config configs/distill_small.yaml --set student.init=random --set distillation.synthetic_clips=0
  distiller --config configs/distill_small.yaml --set backbone.weights=data/ced-tiny.pt --set student.init=random
  distiller --config configs/distill_small.yaml --print-config    # the resolved configuration, nothing else
  mpirun -n 2 distiller --config configs/distill_small.yaml   # two processes that train together (docs/ranks.md)
  distiller --resume experiments/distill_small/2026-11-22_07-40-11   # resume an interrupted run
  distiller --options                                             # every key with its default and meaning
  distiller --options training.batch_size                          # one key, with an example; --options student: a group
)";

int distil(const CLI::App& app, const apps::RunArguments& arguments) {
  const auto experiment = apps::requested_experiment(app, arguments, config::Program::distiller);
  if (!experiment) return 0;
  const auto seed = static_cast<std::uint64_t>(experiment->seed);
  const auto synthetic = [seed](std::int64_t number) { return synthesis::numbered_sound(number, seed).waveform; };
  apps::run_ranked(arguments, [&](ranks::Group* group) {
    auto options = apps::run_options(*experiment, arguments);
    options.group = group;
    const auto result = distillation::run_distillation(*experiment, options, synthetic);
    if (ranks::is_first(group)) command_line::print_summary(distillation::distillation_summary(result));
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Trains a smaller network of the backbone's family (with CED of YAMNet's) from one YAML file: the student learns "
      "the embeddings and scores of its teacher, backbone.weights.",
      "distiller"};
  app.footer(kExamples);
  apps::RunArguments arguments;
  apps::add_run_options(app, arguments, /*parallel=*/false);
  return command_line::run_app(app, argc, argv, arguments.common, [&] { return distil(app, arguments); });
}
