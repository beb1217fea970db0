// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/findings.h"
#include "report/sound_data.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::report {

/// The 16 kHz mono samples of clip number `clip` of the findings; DataError: it is shown without sound. May be empty.
using ClipSound = std::function<std::vector<float>(std::size_t clip)>;

/// The findings of a data audit for a page, as <section>s: how many of each kind, then the first `most_of_kind` of each
/// with the clips to hear side by side (three at most each) and the line that changes it, and lengths and formats by
/// class.
std::string audit_section(const audit::Findings& found, const ClipSound& sound, ReportAudio audio,
                          std::size_t most_of_kind = 6);

/// The findings of audit::kStoredKinds for the inside of another page's section, which has the sounds: how many of each
/// kind, and the first `most_of_kind` of each. `hear` gives HTML for a clip's id that plays it, or "".
std::string stored_findings(const audit::Findings& found, const std::function<std::string(const std::string&)>& hear,
                            std::size_t most_of_kind = 4);

/// A whole page of them.
std::string audit_page(const audit::Findings& found, const ClipSound& sound, ReportAudio audio,
                       std::size_t most_of_kind = 20);

}  // namespace soundfold::report
