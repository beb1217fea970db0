// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <soundfold/classifier.h>

#include <string>
#include <vector>

namespace soundfold::testing {

/// What both libraries say of a model of dog, cat and rain on YAMNet's input, of one label a clip, with the temperature
/// 2.5, rain as its negative class, and left channels.
inline void check_dog_model(const Classifier& classifier) {
  CHECK(classifier.class_names() == std::vector<std::string>{"dog", "cat", "rain"});
  CHECK(classifier.sample_rate_hz() == 16'000);
  CHECK(classifier.window_seconds() == Approx(0.96));
  CHECK(classifier.window_hop_seconds() == Approx(0.48));
  CHECK_FALSE(classifier.is_multi_label());
  CHECK(classifier.audio_options().channels == Channels::left);
  CHECK(classifier.decision().temperature == 2.5);
  CHECK(classifier.decision().negative_class == 2);
}

}  // namespace soundfold::testing
