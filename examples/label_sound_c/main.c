/* SPDX-License-Identifier: Apache-2.0 */
/* Names what is in a sound file with a model.safetensors: one line for each window, and one for the whole. */
#include <soundfold/soundfold.h>

#include <stdio.h>

static int print(const soundfold_answer* found, void* classifier) {
  printf("%7.2f %7.2f  ", found->start_s, found->end_s);
  if (found->class_count == 0) {
    printf("(%s)\n", found->none);
  } else {
    size_t best = found->classes[0];
    printf("%s %.3f\n", soundfold_class_name(classifier, best), found->probabilities[best]);
  }
  return 0; /* continue */
}

int main(int argc, char** argv) {
  soundfold_error error;
  soundfold_answer clip;
  soundfold_classifier* classifier;
  soundfold_status status = SOUNDFOLD_DATA_ERROR;
  if (argc != 3) return fprintf(stderr, "usage: label_sound_c MODEL SOUND\n"), 2;
  classifier = soundfold_classifier_load(argv[1], NULL, &error);
  if (classifier != NULL) status = soundfold_classify_file(classifier, argv[2], print, classifier, &clip, &error);
  if (status == SOUNDFOLD_OK) {
    print(&clip, classifier);
  } else {
    fprintf(stderr, "label_sound_c: error: %s\n", error.text);
  }
  soundfold_classifier_free(classifier);
  return (int)status;
}
