// SPDX-License-Identifier: Apache-2.0
// Names what is in a sound file with a model.pt, which LibTorch runs; otherwise as label_sound.
#include "../label_sound/answer_line.h"

#include <soundfold/torchscript.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: label_torchscript MODEL SOUND\n"), 2;
  try {
    soundfold::Classifier classifier = soundfold::load_torchscript_model(argv[1]);
    print_answers(classifier, argv[2]);
    return 0;
  } catch (const std::exception& error) {  // soundfold::UsageError, soundfold::DataError
    return std::fprintf(stderr, "label_torchscript: error: %s\n", error.what()), 1;
  }
}
