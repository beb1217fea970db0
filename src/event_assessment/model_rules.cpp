// SPDX-License-Identifier: Apache-2.0
#include "event_assessment/model_rules.h"

#include "support/files.h"
#include "support/hashing.h"

namespace soundfold::event_assessment {

std::string scores_digest(runtime::ModelFile model) {
  model.event_rules.reset();
  return hash_bytes(HashKind::xxh3_128, runtime::model_file_bytes(model));
}

void write_rules(const std::filesystem::path& path, const events::EventRules& rules) {
  auto model = runtime::read_model_file(path);
  model.event_rules = rules;
  write_file_atomically(path, runtime::model_file_bytes(model));
}

}  // namespace soundfold::event_assessment
