// SPDX-License-Identifier: Apache-2.0
// Classifies a sound file with a model.pt that Soundfold exported. Needs LibTorch and libsndfile, nothing of Soundfold.
#include <sndfile.h>
#include <torch/script.h>

#include <cstdio>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// The file as one channel (the mean of its channels), values from -1 to 1.
std::vector<float> read_mono(const std::string& path, std::int64_t wanted_rate) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_READ, &info), sf_close);
  if (!file) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
  if (info.samplerate != wanted_rate) {
    throw std::runtime_error(path + ": " + std::to_string(info.samplerate) + " Hz, but the model listens at " +
                             std::to_string(wanted_rate) + " Hz; resample first, e.g. sox in.wav -r " +
                             std::to_string(wanted_rate) + " out.wav");
  }
  std::vector<float> mono;
  std::vector<float> frame(static_cast<std::size_t>(info.channels));
  while (sf_readf_float(file.get(), frame.data(), 1) == 1) {
    float sum = 0;
    for (const float sample : frame) sum += sample;
    mono.push_back(sum / static_cast<float>(info.channels));
  }
  if (mono.empty()) throw std::runtime_error(path + ": no samples");
  return mono;
}

/// The line of an error of LibTorch that says what is wrong. When the model refuses a waveform it is the last line,
/// after a traceback of the model's code, and follows the kind of the error.
std::string reason_of(const std::string& text) {
  const bool traceback = text.find("Traceback of TorchScript") != std::string::npos;
  std::istringstream lines(text);
  std::string reason;
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    reason = line;
    if (!traceback) break;
  }
  for (const std::string kind : {"builtins.", "RuntimeError: ", "AssertionError: "}) {
    if (reason.compare(0, kind.size(), kind) == 0) reason.erase(0, kind.size());
  }
  return reason;
}

void classify(const std::string& model_file, const std::string& sound_file, bool show_logits) {
  // Without this LibTorch optimises the graph during the first two calls: seven times the wait for the first answer,
  // and nothing gained afterwards.
  torch::jit::setGraphExecutorOptimize(false);
  torch::jit::Module model = torch::jit::load(model_file);
  const c10::InferenceMode no_gradients;
  std::vector<float> samples = read_mono(sound_file, model.attr("sample_rate").toInt());
  const auto waveform = torch::from_blob(samples.data(), {static_cast<std::int64_t>(samples.size())}, torch::kFloat32);

  const auto result = model.get_method("classify")({waveform}).toGenericDict();
  const auto values = result.at(show_logits ? "classifier" : "probabilities").toTensor().contiguous();
  // Of a silent recording the probabilities mean nothing. Files of older versions have no such entry.
  if (!show_logits && result.contains("silent") && result.at("silent").toTensor().item<bool>()) {
    std::printf("silence\n");
    return;
  }
  const auto names = model.attr("class_names").toListRef();
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::printf("%s\t%.6f\n", names[k].toStringRef().c_str(), static_cast<double>(values.data_ptr<float>()[k]));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool show_logits = argc == 4 && std::string(argv[3]) == "--logits";
  if (argc != 3 && !show_logits) {
    std::fprintf(stderr, "usage: classify_wav model.pt sound.wav [--logits]\n");
    return 2;
  }
  try {
    classify(argv[1], argv[2], show_logits);
  } catch (const c10::Error& error) {  // without LibTorch's long backtrace
    std::fprintf(stderr, "classify_wav: error: %s\n", reason_of(error.what_without_backtrace()).c_str());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "classify_wav: error: %s\n", reason_of(error.what()).c_str());
    return 1;
  }
}
