// SPDX-License-Identifier: Apache-2.0
#include "classification/internal/file_answer.h"

#include "audio/mono_stream.h"
#include "audio/waveform.h"
#include "listening/event_pass.h"
#include "support/errors.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace soundfold::classification {
namespace {

namespace fs = std::filesystem;
using Push = std::function<void(const float* samples, std::size_t count)>;

void stream_standard_input(const FilesRequest& request, const audio::DecodeOptions& decoding, const Push& push) {
  const auto source = listening::pipe_source("-", request.raw ? &*request.raw : nullptr);
  audio::MonoStream mono(source->format(), audio::chosen_channel(decoding.channels), decoding.sample_rate_hz, push);
  const auto channels = static_cast<std::size_t>(source->format().channels);
  bool any = false;
  while (true) {
    const auto& block = source->read();
    if (block.empty()) break;
    any = true;
    mono.push(block.data(), block.size() / channels);
  }
  if (!any) throw DataError("standard input: no sound in it");
  mono.finish();
}

/// Pushes all of an input.
void feed(const std::string& input, const runtime::Classifier& classifier, const FilesRequest& request,
          const Push& push) {
  audio::DecodeOptions decoding;
  decoding.channels = audio::channels_named(request.channels.empty() ? classifier.channels() : request.channels);
  decoding.sample_rate_hz = classifier.sample_rate_hz();
  if (input == "-") {
    stream_standard_input(request, decoding, push);
  } else {
    audio::stream_waveform(input, push, decoding);
  }
}

std::string name_of_input(const std::string& input) {
  return input == "-" ? "standard input" : input;
}

std::string classes_of(const std::string& input, const runtime::Classifier& classifier, const FilesRequest& request,
                       const std::function<void(std::size_t samples)>& heard) {
  AnswerText text(classifier, request.answers, name_of_input(input));
  const auto pass = classifier.start([&](const runtime::Window& window) { text.add(window); });
  feed(input, classifier, request, [&](const float* samples, std::size_t count) {
    heard(count);
    pass->push(samples, count);
  });
  return text.finish(pass->finish());
}

events::Recording events_of(const std::string& input, const std::string& clip_name,
                            const runtime::Classifier& classifier, const FilesRequest& request,
                            const std::function<void(std::size_t samples)>& heard) {
  events::Recording found;
  found.path = name_of_input(input);
  std::optional<listening::ClipCutter> cutter;
  if (request.events->clips) {
    cutter.emplace(*request.events->clips, clip_name, classifier.sample_rate_hz());
  }
  listening::EventPass pass(classifier, [&](const events::EventNews& news) {
    if (news.state != events::EventState::ended) return;
    found.events.push_back(news.event);
    if (cutter) cutter->cut(news.event);
  });
  feed(input, classifier, request, [&](const float* samples, std::size_t count) {
    heard(count);
    if (cutter) cutter->push(samples, count);
    pass.push(samples, count);
  });
  found.seconds = pass.finish().seconds;
  if (cutter) cutter->finish();
  events::sort_events(found.events);
  return found;
}

}  // namespace

std::string clip_name(const fs::path& output_name) {
  std::string name = output_name == "-" ? "sound" : output_name.generic_string();
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

FileAnswer answer_file(const std::string& input, const std::string& clip_name, const runtime::Classifier& classifier,
                       const FilesRequest& request, const std::function<void(std::size_t samples)>& heard) {
  FileAnswer answer;
  if (request.events) {
    answer.recording = events_of(input, clip_name, classifier, request, heard);
  } else {
    answer.text = classes_of(input, classifier, request, heard);
  }
  return answer;
}

AnswerWriter::AnswerWriter(const FilesRequest& request)
    : request_(request), events_(request.events ? request.events->format : events::EventFormat::text) {}

std::string AnswerWriter::header() const {
  if (request_.events) return events_.header();
  return request_.answers.format == AnswerFormat::csv ? std::string(kAnswerCsvHeader) + "\n" : "";
}

std::string AnswerWriter::text(const FileAnswer& answer) {
  return request_.events ? events_.recording(answer.recording) : answer.text;
}

fs::path result_path(const FilesRequest& request, const fs::path& output_name) {
  const std::string format = request.events ? name_of(request.events->format) : name_of(request.answers.format);
  std::string ending = "." + format;
  if (format == "text" || format == "audacity") ending = ".txt";
  if (format == "raven") ending = ".selections.txt";
  return request.out / (output_name.string() + ending);
}

}  // namespace soundfold::classification
