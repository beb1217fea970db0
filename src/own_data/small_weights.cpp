// SPDX-License-Identifier: Apache-2.0
#include "own_data/small_weights.h"

#include "config/experiment.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "weights/weights.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <filesystem>

namespace soundfold::own_data {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSmallFile = "data/soundfold-small.pt";
constexpr const char* kSmallSource = "models/soundfold-small/soundfold-small.safetensors";

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

/// The network that comes with Soundfold: in the source tree that is here or that the program was built in (in
/// build/<preset>/bin), or installed beside it. Empty when there is none.
fs::path small_source() {
  if (is_file(kSmallSource)) return kSmallSource;
  std::error_code failed;
  const auto programs = fs::read_symlink("/proc/self/exe", failed).parent_path();
  if (failed) return {};
  for (const char* from_programs : {"../../..", "../share/soundfold"}) {
    const auto source = (programs / from_programs / kSmallSource).lexically_normal();
    if (is_file(source)) return source;
  }
  return {};
}

}  // namespace

std::string usual_weights() {
  const auto weights = config::Backbone().weights;
  return !is_file(weights) && (is_file(kSmallFile) || !small_source().empty()) ? kSmallFile : weights;
}

std::string small_weights_note(const std::string& weights) {
  const auto published = config::Backbone().weights;
  if (weights != kSmallFile || is_file(published)) return "";
  return published + " is missing: " + weights +
         " is used, a smaller network that comes with Soundfold; `make dogcat`, or fetcher and then importer, get "
         "YAMNet, which is more accurate";
}

void provide_weights(const std::string& weights) {
  if (weights != kSmallFile) return;
  const auto source = small_source();
  if (!is_file(weights) && !source.empty()) {
    const auto network = weights::read_described_weights(source);
    make_folder(fs::path(weights).parent_path());
    yamnet::save_module(yamnet::build_module(network, network.network.input.patch_hop_frames), network, weights);
  }
  if (const auto note = small_weights_note(weights); !note.empty()) logger().info("{}", note);
}

std::string missing_weights(const std::string& weights) {
  if (is_file(weights) || (weights == kSmallFile && !small_source().empty())) return "";
  return "backbone.weights: " + weights +
         ": no such file; the network is imported from published weights: `make dogcat` does so, or fetcher and then "
         "importer (importer --help)";
}

}  // namespace soundfold::own_data
