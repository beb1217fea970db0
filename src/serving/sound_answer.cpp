// SPDX-License-Identifier: Apache-2.0
#include "serving/sound_answer.h"

#include "audio/in_memory.h"
#include "classification/answer_text.h"
#include "serving/answer.h"
#include "serving/limited_pass.h"
#include "support/errors.h"
#include "text/choice.h"
#include "text/text.h"

#include <charconv>

namespace soundfold::serving {
namespace {

enum class Parameter { windows, top, all };

constexpr ChoiceNames<Parameter> choice_names_of(Parameter) {
  return {{"windows", "top", "all"}};
}

bool is_on(const std::string& name, const std::string& value) {
  if (value == "1") return true;
  if (value == "0") return false;
  throw Refusal(400, name + ": '" + shown(value) + "' is not 0 or 1");
}

std::size_t count_of(const std::string& name, const std::string& value) {
  constexpr std::size_t kMost = 100'000;
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error != std::errc() || end != value.data() + value.size() || count < 1 || count > kMost) {
    throw Refusal(400, name + ": '" + shown(value) + "' is not a whole number from 1 to " + std::to_string(kMost));
  }
  return count;
}

classification::AnswerOptions answer_options(const runtime::Classifier& model, const Query& query) {
  classification::AnswerOptions options;
  options.format = classification::AnswerFormat::json;
  for (const auto& [name, value] : query) {
    const auto parameter = choice_named<Parameter>(name);
    if (!parameter) {
      throw Refusal(400, "unknown parameter '" + shown(name) + "'; known are " + join(choice_names<Parameter>()));
    }
    if (*parameter == Parameter::windows) options.timeline = is_on(name, value);
    if (*parameter == Parameter::top) options.top = count_of(name, value);
    if (*parameter == Parameter::all) options.all = is_on(name, value);
  }
  if (options.timeline && model.window_hop_seconds() <= 0) {
    throw Refusal(400, "windows: this model does not state the hop between its windows; leave it out");
  }
  return options;
}

/// A name for messages: files that forms give may be called anything.
std::string name_of_sound(const Body& body) {
  return body.file_name.empty() ? "the sound" : shown(body.file_name);
}

}  // namespace

SoundAnswer answer_sound(const runtime::Classifier& model, const Settings& settings, const Body& body,
                         const Query& query, Deadline deadline) {
  classification::AnswerText text(model, answer_options(model, query), shown(body.file_name));
  if (body.bytes.empty()) throw Refusal(400, "the body is empty; send the bytes of a sound file");
  audio::DecodeOptions decoding;
  decoding.channels = audio::channels_named(settings.channels.empty() ? model.channels() : settings.channels);
  decoding.sample_rate_hz = model.sample_rate_hz();
  decoding.max_seconds = settings.max_seconds;
  LimitedPass pass(model, deadline, [&](const runtime::Window& window) { text.add(window); });
  audio::DecodeReport report;  // channels that cancel each other: the answer says silence
  try {
    audio::stream_waveform_of(
        body.bytes, name_of_sound(body), [&](const float* samples, std::size_t count) { pass.push(samples, count); },
        decoding, &report);
  } catch (const audio::TooLong& error) {
    throw Refusal(413, error.what());
  } catch (const DataError& error) {
    throw Refusal(400, error.what());
  }
  const auto clip = pass.finish();
  return {text.finish(clip), clip.seconds};
}

}  // namespace soundfold::serving
