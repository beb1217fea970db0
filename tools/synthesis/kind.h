// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"
#include "synthesis/recording.h"
#include "synthesis/signal.h"

#include <string>
#include <vector>

namespace soundfold::synthesis {

/// Makes the dry sound of one kind, `count` samples of any level. What belongs to the source (one dog, one bell) is
/// drawn from `body`, which is the same for all takes of that source; what differs from take to take from `take`.
using Performance = Signal (*)(Random body, Random take, std::size_t count);

/// A kind of sound that can be synthesised.
struct SoundKind {
  std::string name;  ///< ESC-50's category where there is one.
  int target;        ///< ESC-50's number of that category; from 50 on for kinds that ESC-50 does not have.
  bool esc10;        ///< Whether ESC-10 has that category.
  std::string what;  ///< One line for --list.
  Performance perform;
  RecordingStyle style = {};
};

/// All kinds, ordered by target.
const std::vector<SoundKind>& sound_kinds();

/// The kind of that name. Throws UsageError, naming the nearest one, when there is none.
const SoundKind& find_kind(const std::string& name);

}  // namespace soundfold::synthesis
