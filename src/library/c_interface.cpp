// SPDX-License-Identifier: Apache-2.0
// soundfold.h over classifier.h: opaque structs, and errors as values.
#include "support/errors.h"

#include <soundfold/classifier.h>
#include <soundfold/soundfold.h>
#include <soundfold/version.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace soundfold {

/// Keeps what a soundfold_answer points to.
class AnswerValues {
 public:
  soundfold_answer of(const Answer& answer, double start_s, double end_s, const std::vector<double>& probabilities,
                      const std::vector<float>& logits, float level_dbfs, bool silent) {
    probabilities_ = probabilities;
    logits_ = logits;
    classes_.assign(answer.classes.begin(), answer.classes.end());
    none_ = answer.none;
    return {start_s,        end_s,           probabilities_.data(), logits_.data(), level_dbfs,
            silent ? 1 : 0, classes_.data(), classes_.size(),       none_.c_str()};
  }
  soundfold_answer of(const ClipResult& clip) {
    return of(clip.answer, 0, clip.seconds, clip.probabilities, clip.logits, clip.level_dbfs, clip.silent);
  }

 private:
  std::vector<double> probabilities_;
  std::vector<float> logits_;
  std::vector<std::size_t> classes_;
  std::string none_;
};

}  // namespace soundfold

namespace {

using namespace soundfold;

/// A callback's wish to stop, on its way through the library.
struct Stopped : std::exception {};

void write(soundfold_error* error, const char* text) {
  if (error == nullptr) return;
  std::strncpy(error->text, text, sizeof error->text - 1);
  error->text[sizeof error->text - 1] = '\0';
}

/// Runs `body`; what it throws becomes a status and a line.
template <typename Body>
soundfold_status guarded(soundfold_error* error, Body body) noexcept {
  write(error, "");
  try {
    body();
    return SOUNDFOLD_OK;
  } catch (const Stopped&) {
    write(error, "stopped by the callback");
    return SOUNDFOLD_STOPPED;
  } catch (const UsageError& problem) {
    write(error, problem.what());
    return SOUNDFOLD_USAGE_ERROR;
  } catch (const DataError& problem) {
    write(error, problem.what());
    return SOUNDFOLD_DATA_ERROR;
  } catch (const std::bad_alloc&) {
    write(error, "not enough memory");
    return SOUNDFOLD_NO_MEMORY;
  } catch (const std::exception& problem) {
    write(error, problem.what());
    return SOUNDFOLD_INTERNAL_ERROR;
  } catch (...) {
    write(error, "an error of unknown kind");
    return SOUNDFOLD_INTERNAL_ERROR;
  }
}

template <typename Pointer>
void require(Pointer pointer, const char* name) {
  if (pointer == nullptr) throw UsageError(std::string(name) + " is NULL");
}

ClassifierOptions options_of(const soundfold_options* given) {
  ClassifierOptions options;
  if (given == nullptr) return options;
  int precision = 0;  // C programs may have any number there
  static_assert(sizeof precision == sizeof given->precision);
  std::memcpy(&precision, &given->precision, sizeof precision);
  if (precision < SOUNDFOLD_FLOAT32 || precision > SOUNDFOLD_INT8) throw UsageError("options: no such precision");
  options.precision = static_cast<Precision>(precision);
  options.silence_gate = given->no_silence_gate == 0;
  return options;
}

/// Windows to a callback, which may stop them.
WindowConsumer calling(soundfold_on_window on_window, void* context, const Classifier& classifier,
                       AnswerValues& values) {
  if (on_window == nullptr) return {};
  return [=, &classifier, &values](const WindowResult& window) {
    const auto answer = values.of(classifier.answer(window.probabilities, window.silent), window.start_s, window.end_s,
                                  window.probabilities, window.logits, window.level_dbfs, window.silent);
    if (on_window(&answer, context) != 0) throw Stopped();
  };
}

}  // namespace

struct soundfold_classifier {
  Classifier classifier;
  AnswerValues window, clip;
};

struct soundfold_stream {
  Classifier classifier;  ///< its own, to make answers with
  AnswerValues window, clip;
  std::optional<SoundStream> sound;
};

const char* soundfold_version(void) {
  return library_version();
}

soundfold_classifier* soundfold_classifier_load(const char* path, const soundfold_options* options,
                                                soundfold_error* error) {
  soundfold_classifier* made = nullptr;
  guarded(error, [&] {
    require(path, "path");
    made = new soundfold_classifier{Classifier(path, options_of(options)), {}, {}};
  });
  return made;
}

soundfold_classifier* soundfold_classifier_share(const soundfold_classifier* classifier, soundfold_error* error) {
  soundfold_classifier* made = nullptr;
  guarded(error, [&] {
    require(classifier, "classifier");
    made = new soundfold_classifier{classifier->classifier.share(), {}, {}};
  });
  return made;
}

void soundfold_classifier_free(soundfold_classifier* classifier) {
  delete classifier;
}

size_t soundfold_class_count(const soundfold_classifier* classifier) {
  return classifier == nullptr ? 0 : classifier->classifier.class_names().size();
}

const char* soundfold_class_name(const soundfold_classifier* classifier, size_t class_index) {
  return class_index < soundfold_class_count(classifier) ? classifier->classifier.class_names()[class_index].c_str()
                                                         : nullptr;
}

int soundfold_sample_rate(const soundfold_classifier* classifier) {
  return classifier == nullptr ? 0 : classifier->classifier.sample_rate_hz();
}

double soundfold_window_seconds(const soundfold_classifier* classifier) {
  return classifier == nullptr ? 0 : classifier->classifier.window_seconds();
}

double soundfold_window_hop_seconds(const soundfold_classifier* classifier) {
  return classifier == nullptr ? 0 : classifier->classifier.window_hop_seconds();
}

int soundfold_is_multi_label(const soundfold_classifier* classifier) {
  return classifier != nullptr && classifier->classifier.is_multi_label() ? 1 : 0;
}

soundfold_status soundfold_classify(soundfold_classifier* classifier, const float* samples, size_t frames, int channels,
                                    int sample_rate_hz, soundfold_on_window on_window, void* context,
                                    soundfold_answer* answer, soundfold_error* error) {
  return guarded(error, [&] {
    require(classifier, "classifier");
    require(answer, "answer");
    auto& [model, window, clip] = *classifier;
    const auto consume = calling(on_window, context, model, window);
    *answer = clip.of(model.classify(samples, frames, {sample_rate_hz, channels}, consume));
  });
}

soundfold_status soundfold_classify_file(soundfold_classifier* classifier, const char* path,
                                         soundfold_on_window on_window, void* context, soundfold_answer* answer,
                                         soundfold_error* error) {
  return guarded(error, [&] {
    require(classifier, "classifier");
    require(path, "path");
    require(answer, "answer");
    auto& [model, window, clip] = *classifier;
    *answer = clip.of(model.stream_file(path, calling(on_window, context, model, window)));
  });
}

soundfold_stream* soundfold_stream_start(const soundfold_classifier* classifier, int channels, int sample_rate_hz,
                                         soundfold_on_window on_window, void* context, soundfold_error* error) {
  soundfold_stream* made = nullptr;
  guarded(error, [&] {
    require(classifier, "classifier");
    auto stream =
        std::unique_ptr<soundfold_stream>(new soundfold_stream{classifier->classifier.share(), {}, {}, std::nullopt});
    const auto consume = calling(on_window, context, stream->classifier, stream->window);
    stream->sound.emplace(stream->classifier.stream({sample_rate_hz, channels}, consume));
    made = stream.release();
  });
  return made;
}

soundfold_status soundfold_stream_push(soundfold_stream* stream, const float* samples, size_t frames,
                                       soundfold_error* error) {
  return guarded(error, [&] {
    require(stream, "stream");
    stream->sound->push(samples, frames);
  });
}

soundfold_status soundfold_stream_finish(soundfold_stream* stream, soundfold_answer* answer, soundfold_error* error) {
  return guarded(error, [&] {
    require(stream, "stream");
    require(answer, "answer");
    *answer = stream->clip.of(stream->sound->finish());
  });
}

void soundfold_stream_free(soundfold_stream* stream) {
  delete stream;
}
