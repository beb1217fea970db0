/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The classifier of libsoundfold for C, and for every language that calls C: a model.safetensors of trainer's; samples
 * of any rate and number of channels, a sound file, or a live stream; to class probabilities and answers.
 *
 * Errors: a function that fails returns NULL or a status other than SOUNDFOLD_OK, and writes one line into the
 * soundfold_error that its caller gave (NULL: the line is not wanted). Nothing ends the process, nothing is printed,
 * and no C++ exception leaves a function.
 *
 * Threads: a classifier or a stream, and what it gave, serves one thread at a time; different ones serve different
 * threads at once. soundfold_classifier_share makes a classifier for another thread; the model is then in memory once.
 * Classifiers may be freed in any order, also before the streams that were started with them. Work is done on the
 * calling thread alone.
 *
 * The arrays of a soundfold_answer are valid until the classifier or stream that gave it next classifies or finishes a
 * sound, or is freed; those given to a callback, during the callback. Names are UTF-8 and valid as long as their
 * classifier. A callback may ask its classifier for class names, but not classify, push, finish or free.
 *
 * Before version 1.0 a new minor version may change the interface. */

#include <stddef.h>

#define SOUNDFOLD_C_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

typedef struct soundfold_classifier soundfold_classifier;
typedef struct soundfold_stream soundfold_stream;

typedef enum soundfold_status {
  SOUNDFOLD_OK = 0,
  SOUNDFOLD_DATA_ERROR = 1,  /* a fault in a file, or the model failed */
  SOUNDFOLD_USAGE_ERROR = 2, /* a mistake of the caller */
  SOUNDFOLD_NO_MEMORY = 3,
  SOUNDFOLD_STOPPED = 4, /* a callback returned something else than 0 */
  SOUNDFOLD_INTERNAL_ERROR = 5
} soundfold_status;

/* One line, ended by a null character; truncated to fit. */
typedef struct soundfold_error {
  char text[1024];
} soundfold_error;

typedef enum soundfold_precision {
  SOUNDFOLD_FLOAT32 = 0,
  SOUNDFOLD_BFLOAT16 = 1,
  SOUNDFOLD_INT8 = 2 /* of models whose network is the TFLite file's */
} soundfold_precision;

typedef struct soundfold_options {
  soundfold_precision precision;
  int no_silence_gate; /* 1: silent sound is given classes too */
} soundfold_options;

/* What was found in a window, or in a whole sound. K is soundfold_class_count(). */
typedef struct soundfold_answer {
  double start_s, end_s;
  const double* probabilities; /* [K] */
  const float* logits;         /* [K] */
  float level_dbfs;            /* of the samples (RMS), of a whole sound of its loudest window; -120 at least */
  int silent;                  /* 1: as the model's silence gate decides */
  const size_t* classes;       /* [class_count] the answer, most probable first */
  size_t class_count;          /* 0: none, and `none` says why */
  const char* none;            /* "silence", "none of the classes", "nothing above its threshold"; or "" */
} soundfold_answer;

/* Gets the windows of a sound in order. 0 continues, any other value stops. */
typedef int (*soundfold_on_window)(const soundfold_answer* window, void* context);

/* "0.1.0": the version of the library that is loaded. */
SOUNDFOLD_C_API const char* soundfold_version(void);

/* Loads a model.safetensors; `options` may be NULL. NULL on failure. */
SOUNDFOLD_C_API soundfold_classifier* soundfold_classifier_load(const char* path, const soundfold_options* options,
                                                                soundfold_error* error);
/* Another classifier of the same model. Several threads may call it with one classifier at once. NULL on failure. */
SOUNDFOLD_C_API soundfold_classifier* soundfold_classifier_share(const soundfold_classifier* classifier,
                                                                 soundfold_error* error);
/* NULL is allowed. */
SOUNDFOLD_C_API void soundfold_classifier_free(soundfold_classifier* classifier);

SOUNDFOLD_C_API size_t soundfold_class_count(const soundfold_classifier* classifier);
/* NULL when there is no class of that number. */
SOUNDFOLD_C_API const char* soundfold_class_name(const soundfold_classifier* classifier, size_t class_index);
/* Hz, of what the model takes; samples of this rate are not resampled. */
SOUNDFOLD_C_API int soundfold_sample_rate(const soundfold_classifier* classifier);
SOUNDFOLD_C_API double soundfold_window_seconds(const soundfold_classifier* classifier);
/* From the start of one window to the next. */
SOUNDFOLD_C_API double soundfold_window_hop_seconds(const soundfold_classifier* classifier);
/* 1: each class has a probability of its own; 0: they add up to 1. */
SOUNDFOLD_C_API int soundfold_is_multi_label(const soundfold_classifier* classifier);

/* Classifies `frames` samples of each of `channels` (1 to 64, interleaved, within [-1, 1] as a rule) at
 * `sample_rate_hz` (1 to 768,000). `on_window` may be NULL. */
SOUNDFOLD_C_API soundfold_status soundfold_classify(soundfold_classifier* classifier, const float* samples,
                                                    size_t frames, int channels, int sample_rate_hz,
                                                    soundfold_on_window on_window, void* context,
                                                    soundfold_answer* answer, soundfold_error* error);

/* Classifies a sound file of any length, rate and number of channels, in memory that does not grow with it. */
SOUNDFOLD_C_API soundfold_status soundfold_classify_file(soundfold_classifier* classifier, const char* path,
                                                         soundfold_on_window on_window, void* context,
                                                         soundfold_answer* answer, soundfold_error* error);

/* Begins a sound that arrives piece by piece, from a microphone or over a network, of any length. `on_window` gets each
 * window as soon as its last sample is there, within soundfold_stream_push. NULL on failure. */
SOUNDFOLD_C_API soundfold_stream* soundfold_stream_start(const soundfold_classifier* classifier, int channels,
                                                         int sample_rate_hz, soundfold_on_window on_window,
                                                         void* context, soundfold_error* error);
/* Interleaved samples, any number of frames. After a failure the stream can only be freed. */
SOUNDFOLD_C_API soundfold_status soundfold_stream_push(soundfold_stream* stream, const float* samples, size_t frames,
                                                       soundfold_error* error);
/* Ends the sound, and gives the answer of the whole. Once. */
SOUNDFOLD_C_API soundfold_status soundfold_stream_finish(soundfold_stream* stream, soundfold_answer* answer,
                                                         soundfold_error* error);
/* NULL is allowed. */
SOUNDFOLD_C_API void soundfold_stream_free(soundfold_stream* stream);

#ifdef __cplusplus
}
#endif
