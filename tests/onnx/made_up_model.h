// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/model_file.h"

#include <string>
#include <vector>

/// Made-up classifiers as plain values.
namespace soundfold::testing {

/// What a made-up model is like; the rest is seeded.
struct ModelForm {
  network::Description network;
  head_spec::HeadSpec head;  ///< input_size, class_count, parts and known_inputs are set to fit
  std::vector<std::int64_t> taps;
  bool multi_label = false;
  bool knows_classes = false;
  bool in_parts = false;  ///< scaling goes over parts of a frame
  int patch_hop_frames = 48;
};

/// A classifier of three classes whose every tensor is random; one of the network's five classes is Silence.
runtime::ModelFile made_up_model(const ModelForm& form, unsigned seed = 1);

/// The same on given weights, which `form.network` is not asked for.
runtime::ModelFile made_up_model(const ModelForm& form, weights::Weights backbone, unsigned seed);

/// Forms of heads that together have every pooling, input, activation, normalization and the rest at least once, on a
/// small network of YAMNet's kind. The first is the plainest.
std::vector<ModelForm> all_forms();

/// The same on small transformers of CED's kind: patches of up to 10.12 s, shorter ones that overlap or leave gaps,
/// with and without tapped blocks, and on front ends whose patches are all whole.
std::vector<ModelForm> transformer_forms();

/// "pooling mean, input both, ...": to name a form in a test's messages.
std::string text_of(const ModelForm& form);

/// Noise whose loudness changes every quarter of a second, -1 to 1, with silence in between.
std::vector<float> noise_with_silence(std::int64_t samples, unsigned seed);

}  // namespace soundfold::testing
