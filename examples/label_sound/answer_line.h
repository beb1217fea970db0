// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/classifier.h>

#include <cstdio>

/// "   0.48    1.44  dog 0.912", or the reason why there is no class, in brackets.
inline void print_answer(const soundfold::Classifier& classifier, double start_s, double end_s,
                         const std::vector<double>& probabilities, const soundfold::Answer& answer) {
  std::printf("%7.2f %7.2f  ", start_s, end_s);
  if (answer.classes.empty()) {
    std::printf("(%s)\n", answer.none.c_str());
    return;
  }
  const auto best = static_cast<std::size_t>(answer.classes.front());
  std::printf("%s %.3f\n", classifier.class_names().at(best).c_str(), probabilities.at(best));
}

/// Prints a line for each window of the file as it is read, and one for the whole.
inline void print_answers(soundfold::Classifier& classifier, const char* file) {
  const auto clip = classifier.stream_file(file, [&](const soundfold::WindowResult& window) {
    print_answer(classifier, window.start_s, window.end_s, window.probabilities,
                 classifier.answer(window.probabilities, window.silent));
  });
  print_answer(classifier, 0, clip.seconds, clip.probabilities, clip.answer);
}
