// SPDX-License-Identifier: Apache-2.0
// Latency of a model.safetensors from a waveform to its answer, through libsoundfold's C interface, as one JSON line.
#include "latency.h"

#include <soundfold/soundfold.h>

#include <map>

namespace {

void measure(const char* model, const std::string& waveform_file, soundfold_precision precision, int repeats) {
  soundfold_error error;
  soundfold_options options{precision, 0};
  const auto start = latency::Clock::now();
  soundfold_classifier* classifier = soundfold_classifier_load(model, &options, &error);
  if (classifier == nullptr) throw std::runtime_error(error.text);
  const double load_ms = latency::milliseconds_since(start);
  const auto waveform = latency::read_waveform(waveform_file);
  latency::measure(load_ms, repeats, [&] {
    soundfold_answer answer;
    const auto status = soundfold_classify(classifier, waveform.data(), waveform.size(), 1,
                                           soundfold_sample_rate(classifier), nullptr, nullptr, &answer, &error);
    if (status != SOUNDFOLD_OK) throw std::runtime_error(error.text);
    return std::vector<float>(answer.logits, answer.logits + soundfold_class_count(classifier));
  });
  soundfold_classifier_free(classifier);
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, soundfold_precision> precisions = {
      {"float32", SOUNDFOLD_FLOAT32}, {"bfloat16", SOUNDFOLD_BFLOAT16}, {"int8", SOUNDFOLD_INT8}};
  if (argc != 5 || precisions.count(argv[3]) == 0) {
    std::fprintf(stderr, "usage: runtime_latency model.safetensors waveform.f32 float32|bfloat16|int8 repeats\n");
    return 2;
  }
  try {
    measure(argv[1], argv[2], precisions.at(argv[3]), std::stoi(argv[4]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "runtime_latency: error: %s\n", error.what());
    return 1;
  }
}
