// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/classifier.h"
#include "serving/settings.h"

#include <string>

namespace soundfold::serving {

/// The page for people: classifies a file, or what a microphone takes up, through the server's own POST /classify.
struct Page {
  std::string html;    ///< with its style, script and numbers in it; it loads nothing but /recorder.js
  std::string policy;  ///< the Content-Security-Policy that it needs, and no more
};

Page make_page(const runtime::Classifier& model, const Settings& settings);

/// Its body, style (after that of reports) and script, of which the second part is about the microphone.
extern const char* const kServedBody;
extern const char* const kServedStyle;
extern const char* const kServedScript;
extern const char* const kMicrophoneScript;

/// The AudioWorklet at /recorder.js, which gives a page the samples of a microphone.
extern const char* const kRecorderScript;

}  // namespace soundfold::serving
