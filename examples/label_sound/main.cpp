// SPDX-License-Identifier: Apache-2.0
// Names what is in a sound file with a model.safetensors: one line for each window, and one for the whole.
#include "answer_line.h"

#include <soundfold/classifier.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: label_sound MODEL SOUND\n"), 2;
  try {
    soundfold::Classifier classifier(argv[1]);
    print_answers(classifier, argv[2]);
    return 0;
  } catch (const std::exception& error) {  // soundfold::UsageError, soundfold::DataError
    return std::fprintf(stderr, "label_sound: error: %s\n", error.what()), 1;
  }
}
