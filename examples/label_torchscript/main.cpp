// SPDX-License-Identifier: Apache-2.0
// Names what is in a sound file with a model.pt, which LibTorch runs; otherwise as label_sound.
#include <soundfold/torchscript.h>

#include <cstdio>
#include <exception>

namespace {

void print(const soundfold::Classifier& classifier, double start_s, double end_s,
           const std::vector<double>& probabilities, const soundfold::Answer& answer) {
  std::printf("%7.2f %7.2f  ", start_s, end_s);
  if (answer.classes.empty()) {
    std::printf("(%s)\n", answer.none.c_str());
    return;
  }
  const auto best = static_cast<std::size_t>(answer.classes.front());
  std::printf("%s %.3f\n", classifier.class_names().at(best).c_str(), probabilities.at(best));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: label_torchscript MODEL SOUND\n"), 2;
  try {
    soundfold::Classifier classifier = soundfold::load_torchscript_model(argv[1]);
    const auto clip = classifier.stream_file(argv[2], [&](const soundfold::WindowResult& window) {
      print(classifier, window.start_s, window.end_s, window.probabilities,
            classifier.answer(window.probabilities, window.silent));
    });
    print(classifier, 0, clip.seconds, clip.probabilities, clip.answer);
    return 0;
  } catch (const std::exception& error) {  // soundfold::UsageError, soundfold::DataError
    return std::fprintf(stderr, "label_torchscript: error: %s\n", error.what()), 1;
  }
}
