// SPDX-License-Identifier: Apache-2.0
#include "audio/cancellation.h"

#include "support/logging.h"

#include <cmath>
#include <string>

namespace soundfold::audio {
namespace {

constexpr std::int64_t kMostNamed = 3;

}  // namespace

void CancellationCount::add(const std::filesystem::path& path, const DecodeReport& report) {
  if (!report.channels_cancel()) return;
  const std::lock_guard lock(mutex_);
  if (++count_ <= kMostNamed) logger().warn("{}", cancellation_warning(path, report));
  if (count_ == kMostNamed + 1) logger().warn("more files have channels that cancel each other; they are only counted");
}

std::int64_t CancellationCount::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::string cancellation_warning(const std::filesystem::path& path, const DecodeReport& report) {
  const double below = report.mean_below_loudest_db;
  const std::string level =
      std::isinf(below) ? "is silent" : "is " + std::to_string(std::lround(below)) + " dB below the loudest of them";
  return path.string() + ": its channels cancel each other: their mean " + level +
         "; take one of them (data.channels or --channels: left, right, loudest)";
}

}  // namespace soundfold::audio
