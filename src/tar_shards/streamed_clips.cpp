// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/streamed_clips.h"

#include "remote/stream.h"
#include "support/errors.h"
#include "support/file_state.h"
#include "support/logging.h"
#include "tar_shards/labels.h"
#include "tar_shards/member_names.h"
#include "tar_shards/tar_reader.h"
#include "text/text.h"

#include <map>
#include <utility>

namespace soundfold::tar_shards {
namespace {

remote::StreamOptions stream_options(const StreamedOptions& options) {
  remote::StreamOptions result;
  result.first_pause_ms = options.first_pause_ms;
  return result;
}

TarReader::Source source_of_tar(const std::string& input, const StreamedOptions& options) {
  if (!remote::is_address(input)) return file_source(input);
  const auto place = remote::place_of(input, options.allow_http);
  const auto stream = std::make_shared<remote::Stream>(place, stream_options(options));
  return [stream](char* bytes, std::size_t count) { return stream->read(bytes, count); };
}

template <typename Is>
bool any_of(const extraction::ClipList& inputs, Is is) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (is(inputs.path(i))) return true;
  }
  return false;
}

/// As it may be printed and kept.
std::string input_name(const std::string& input) {
  return remote::is_address(input) ? remote::without_query(input) : input;
}

}  // namespace

struct StreamedClips::OpenTar {
  OpenTar(const std::string& input, const StreamedOptions& options)
      : name(input_name(input)),
        reader(name, source_of_tar(input, options),
               [labels = options.labels](const std::string& member) {
                 return is_sound_member(member) || (labels && is_label_member(member));
               }),
        labels(name) {}
  std::string name;
  TarReader reader;
  TarLabels labels;
  std::int64_t sounds = 0;
};

bool has_streams(const extraction::ClipList& inputs) {
  return any_of(inputs, [](const std::string& input) { return remote::is_address(input) || is_tar_name(input); });
}

bool has_addresses(const extraction::ClipList& inputs) {
  return any_of(inputs, remote::is_address);
}

StreamedClips::StreamedClips(const extraction::ClipList& inputs, const StreamedOptions& options)
    : inputs_(inputs), options_(options) {
  std::map<std::string, std::string> tars;  // by the folder that their sounds have in the CSV of labels
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string input = inputs.path(i);
    if (options.labels && is_tar_name(input)) {
      const std::string name = input_name(input);
      const auto [known, is_new] = tars.emplace(label_folder(name), name);
      if (!is_new) {
        throw UsageError("the labels of " + known->second + " and " + name +
                         " cannot be in one CSV: both are a tar of the name " + known->first +
                         ", which begins the paths there; rename one, or write their labels in two runs");
      }
    }
    if (remote::is_address(input)) {
      remote::place_of(input, options.allow_http);
    } else if (is_tar_name(input)) {
      file_state(input);
    }
  }
}

StreamedClips::~StreamedClips() = default;

extraction::ClipSource StreamedClips::source() {
  return {0, [this](std::size_t index) { return given(index); }, [this] { return next(); }};
}

extraction::ClipFile StreamedClips::given(std::size_t index) {
  const std::lock_guard lock(mutex_);
  return {clips_.path(index), clips_.path(index)};
}

std::optional<extraction::ClipFile> StreamedClips::next() {
  for (;;) {
    if (tar_) {
      if (auto clip = next_of_tar()) return clip;
    }
    if (next_input_ == inputs_.size()) return std::nullopt;
    const std::string input = inputs_.path(next_input_++);
    if (is_tar_name(input)) {
      tar_ = std::make_unique<OpenTar>(input, options_);
      continue;
    }
    const std::string name = input_name(input);
    {
      const std::lock_guard lock(mutex_);
      if (remote::is_address(input)) {
        clips_.add(name);
      } else {
        clips_.add_from(inputs_, next_input_ - 1);
      }
    }
    extraction::ClipFile clip{name, name};
    if (remote::is_address(input)) {
      clip.bytes = [input, options = options_] {
        return remote::read_all(remote::place_of(input, options.allow_http), kMostMemberBytes, stream_options(options));
      };
    }
    return clip;
  }
}

std::optional<extraction::ClipFile> StreamedClips::next_of_tar() {
  auto member = tar_->reader.next();
  for (; member && !is_sound_member(member->name); member = tar_->reader.next()) {
    if (!member->problem.empty()) throw DataError(tar_->name + "/" + member->name + ": " + member->problem);
    tar_->labels.add_label(member->name, member->bytes);
  }
  if (!member) {
    finish_tar();
    return std::nullopt;
  }
  ++tar_->sounds;
  if (options_.labels) tar_->labels.add_sound(member->name);
  const std::string path = tar_->name + "/" + member->name;
  {
    const std::lock_guard lock(mutex_);
    clips_.add_member(tar_->name, member->name);
  }
  extraction::ClipFile clip{path, path};
  clip.bytes = [path, held = std::make_shared<TarMember>(std::move(*member))] {
    if (!held->problem.empty()) throw DataError(path + ": " + held->problem);
    return std::move(held->bytes);
  };
  return clip;
}

void StreamedClips::finish_tar() {
  if (tar_->sounds == 0) throw DataError(tar_->name + ": no sound file in it (.wav, .flac, .ogg, .mp3, .m4a, ...)");
  logger().info("{}: {} clips", tar_->name, grouped(tar_->sounds));
  label_lines_ += tar_->labels.csv_lines();
  without_label_ += tar_->labels.without_label();
  tars_with_labels_ += tar_->labels.without_label() < tar_->sounds ? 1 : 0;
  tar_.reset();
}

std::string StreamedClips::labels_csv() const {
  if (tars_with_labels_ == 0) {
    throw DataError("no sound in a tar has a label: a member of its name that ends with .cls, .txt or .json");
  }
  if (without_label_ > 0) logger().warn("{} sounds in tars have no label", grouped(without_label_));
  return "path,label\n" + label_lines_;
}

}  // namespace soundfold::tar_shards
