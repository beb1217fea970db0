// SPDX-License-Identifier: Apache-2.0
// Latency of a model.safetensors from a waveform to its answer, through libsoundfold's C interface, as one JSON line.
#include <soundfold/soundfold.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Resident memory of this process in kB, from the kernel.
long resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stol(line.substr(6));
  }
  return 0;
}

std::vector<float> read_waveform(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::vector<float> values(bytes.size() / sizeof(float));
  bytes.copy(reinterpret_cast<char*>(values.data()), values.size() * sizeof(float));
  return values;
}

void measure(const char* model, const std::string& waveform_file, soundfold_precision precision, int repeats) {
  soundfold_error error;
  soundfold_options options{precision, 0};
  const auto start = Clock::now();
  soundfold_classifier* classifier = soundfold_classifier_load(model, &options, &error);
  if (classifier == nullptr) throw std::runtime_error(error.text);
  const double load_ms = milliseconds_since(start);
  const auto waveform = read_waveform(waveform_file);
  soundfold_answer answer;
  const auto ask = [&] {
    const auto status = soundfold_classify(classifier, waveform.data(), waveform.size(), 1,
                                           soundfold_sample_rate(classifier), nullptr, nullptr, &answer, &error);
    if (status != SOUNDFOLD_OK) throw std::runtime_error(error.text);
  };
  const auto asked = Clock::now();
  ask();
  std::printf("{\"load_ms\": %.3f, \"first_ms\": %.3f, \"times_ms\": [", load_ms, milliseconds_since(asked));
  for (int i = 0; i < repeats; ++i) {
    const auto begun = Clock::now();
    ask();
    std::printf("%s%.4f", i == 0 ? "" : ", ", milliseconds_since(begun));
  }
  std::printf("], \"logits\": [");
  for (std::size_t k = 0; k < soundfold_class_count(classifier); ++k) {
    std::printf("%s%.6f", k == 0 ? "" : ", ", static_cast<double>(answer.logits[k]));
  }
  std::printf("], \"resident_kb\": %ld}\n", resident_kb());
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
