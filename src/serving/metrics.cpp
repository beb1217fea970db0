// SPDX-License-Identifier: Apache-2.0
#include "serving/metrics.h"

#include "support/version.h"

#include <algorithm>
#include <locale>
#include <sstream>

namespace soundfold::serving {
namespace {

void head(std::ostream& out, const char* name, const char* type, const char* help) {
  out << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n';
}

/// As the value of a label.
std::string label_text(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return escaped;
}

}  // namespace

void Metrics::add_request(Endpoint endpoint, int status, double seconds) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++requests_[{endpoint, status}];
  auto& durations = durations_[endpoint];
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++durations.counts[static_cast<std::size_t>(bound - kBounds.begin())];
  durations.sum += seconds;
}

void Metrics::add_sound(double seconds) {
  const std::lock_guard<std::mutex> lock(mutex_);
  sound_seconds_ += seconds;
}

std::string Metrics::text(int computing, int waiting, const std::string& model) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out.precision(15);
  head(out, "soundfold_build_info", "gauge", "Version and model; always 1.");
  out << "soundfold_build_info{version=\"" << version() << "\",model=\"" << label_text(model) << "\"} 1\n";
  head(out, "soundfold_requests_total", "counter", "Requests answered, by endpoint and status.");
  for (const auto& [key, count] : requests_) {
    out << "soundfold_requests_total{endpoint=\"" << name_of(key.first) << "\",code=\"" << key.second << "\"} " << count
        << '\n';
  }
  const std::string seconds = "soundfold_request_seconds";
  head(out, seconds.c_str(), "histogram", "From the header of a request to its answer.");
  for (const auto& [endpoint, durations] : durations_) {
    const std::string label = "endpoint=\"" + name_of(endpoint) + "\"";
    std::int64_t up_to = 0;
    for (std::size_t i = 0; i < durations.counts.size(); ++i) {
      up_to += durations.counts[i];
      out << seconds << "_bucket{" << label << ",le=\"";
      if (i < kBounds.size()) {
        out << kBounds[i];
      } else {
        out << "+Inf";
      }
      out << "\"} " << up_to << '\n';
    }
    out << seconds << "_sum{" << label << "} " << durations.sum << '\n';
    out << seconds << "_count{" << label << "} " << up_to << '\n';
  }
  head(out, "soundfold_requests_computing", "gauge", "Requests that compute now.");
  out << "soundfold_requests_computing " << computing << '\n';
  head(out, "soundfold_queue_length", "gauge", "Requests that wait for their body or their turn.");
  out << "soundfold_queue_length " << waiting << '\n';
  head(out, "soundfold_sound_seconds_total", "counter", "Seconds of sound classified.");
  out << "soundfold_sound_seconds_total " << sound_seconds_ << '\n';
  return out.str();
}

}  // namespace soundfold::serving
