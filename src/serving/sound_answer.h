// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/classifier.h"
#include "serving/settings.h"

#include <map>
#include <string>

namespace soundfold::serving {

/// The body of a request.
struct Body {
  std::string bytes;
  std::string file_name;  ///< as a form gave it, for the answer only; or ""
};

/// Parameters in the address of a request.
using Query = std::multimap<std::string, std::string>;

/// What `classifier --json` prints of a sound file, with `windows=1` also its windows (--timeline); `top=N` and `all=1`
/// are --top and --all.
struct SoundAnswer {
  std::string line;
  double seconds = 0;  ///< of sound
};

/// Throws Refusal: 400 for an unknown or wrong parameter, and for what is no sound or damaged, 413 for a sound that is
/// too long, and as LimitedPass.
SoundAnswer answer_sound(const runtime::Classifier& model, const Settings& settings, const Body& body,
                         const Query& query, Deadline deadline);

}  // namespace soundfold::serving
