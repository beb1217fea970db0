// SPDX-License-Identifier: Apache-2.0
#include "tensorboard/event_file.h"

#include "support/errors.h"
#include "support/files.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>

namespace soundfold::tensorboard {
namespace {

/// Ten digits of seconds and four of a number, so that names sort by time. TensorBoard only asks for "tfevents".
std::string new_name() {
  static std::atomic<unsigned> made{0};
  auto number = std::to_string(made++);
  if (number.size() < 4) number.insert(0, 4 - number.size(), '0');
  return "events.out.tfevents." + std::to_string(std::time(nullptr)) + "." + std::to_string(::getpid()) + "." + number;
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& folder) {
  make_folder(folder);
  path_ = folder / new_name();
  out_.open(path_, std::ios::binary | std::ios::app);
  write(Event::file_version());
}

void EventFile::write(const Event& event) {
  const auto bytes = record(event.bytes());
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out_.flush();
  if (!out_) throw DataError(path_.string() + ": cannot write events for TensorBoard: " + std::strerror(errno));
}

}  // namespace soundfold::tensorboard
