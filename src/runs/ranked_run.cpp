// SPDX-License-Identifier: Apache-2.0
#include "runs/ranked_run.h"

#include "config/print.h"

namespace soundfold::runs {

void check_same_configuration(ranks::Group* group, const config::Experiment& experiment) {
  if (group == nullptr) return;
  auto shared = experiment;
  shared.run = config::Run();
  ranks::check_equal(*group, config::to_yaml(shared), "configuration");
}

void check_same_fingerprint(ranks::Group* group, const std::string& print) {
  if (group != nullptr) ranks::check_equal(*group, print, "fingerprint of data, weights and version");
}

bool all_train(ranks::Group* group, bool trains) {
  return group == nullptr ? trains : group->broadcast(trains ? "train" : "") == "train";
}

void with_resuming_told(const std::string& program, const RunFolder& run, const std::function<void()>& body) {
  try {
    body();
  } catch (const ranks::RankLost& loss) {
    throw ranks::RankLost(std::string(loss.what()) + "; resume with: " + program + " --resume " + run.path().string());
  }
}

}  // namespace soundfold::runs
