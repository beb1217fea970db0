// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assets/manifest.h"
#include "support/errors.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace soundfold::assets {

struct FetchOptions {
  std::filesystem::path data_folder = "data";
  std::filesystem::path mirror;  ///< looked at before the network; empty: none
  bool verify = false;           ///< read everything that is there again instead of trusting sizes and times
  int first_pause_ms = 500;      ///< before a download's second attempt
};

/// State of an asset in the data folder.
struct AssetState {
  enum class Kind { missing, damaged, part, whole };
  Kind kind = Kind::missing;
  std::string problem;       ///< why it is damaged
  std::size_t files = 0;     ///< that must be there; when part or whole
  std::uintmax_t bytes = 0;  ///< of these files

  bool usable() const { return kind == Kind::part || kind == Kind::whole; }
};

enum class Origin { already_there, mirror, network };

struct FetchResult {
  std::string name;
  Origin origin = Origin::already_there;
  std::filesystem::path path;
  AssetState state;
};

/// No copy exists here or on the mirror, not even a damaged one, and the network provides none.
struct Unavailable : DataError {
  using DataError::DataError;
};

/// Fetches assets into the data folder: what is there and verified stays, then the mirror is looked at, then the
/// network. Work in progress has names that start with a dot and lies beside its place; the final name appears only
/// when everything is complete and checked. Several processes may fetch into one data folder: they take turns.
class Fetcher {
 public:
  /// Throws UsageError when `options.mirror` is set and is no folder.
  Fetcher(Manifest manifest, FetchOptions options);

  const Manifest& manifest() const { return manifest_; }

  /// Looks without fetching. Throws UsageError for an unknown name, Interrupted.
  AssetState inspect(const std::string& name) const { return look(manifest_.find(name), options_.verify); }

  /// The first of `names` that is available: one that is there already, otherwise for each in turn the mirror and then
  /// the network. Throws UsageError for an unknown name, Unavailable or (a damaged copy on the mirror, a full disk)
  /// another DataError naming everything that was tried, Interrupted.
  FetchResult fetch_any(const std::vector<std::string>& names);

 private:
  std::filesystem::path place(const Asset& asset) const { return options_.data_folder / asset.place; }
  std::filesystem::path beside(const Asset& asset, const char* suffix) const {
    return place(asset).parent_path() / ("." + asset.place.filename().string() + suffix);
  }
  std::filesystem::path stamp(const Asset& asset) const {
    return options_.data_folder / ".fetched" / (asset.name + ".txt");
  }
  bool left_over(const Asset& asset) const;
  AssetState look(const Asset& asset, bool read_all) const;
  std::optional<FetchResult> already_there(const std::vector<std::string>& names, bool warn_damaged) const;
  void put_in_place(const Asset& asset) const;
  void unpack_into_place(const std::filesystem::path& archive, const Asset& asset) const;
  void take_from(const std::filesystem::path& source, const Asset& asset) const;
  bool from_mirror(const Asset& asset, bool& holds_it) const;
  void from_network(const Asset& asset);
  std::string failure(const Asset& asset, const std::string& network_problem) const;

  Manifest manifest_;
  FetchOptions options_;
  std::set<std::string> unreachable_hosts_;  ///< not asked twice: each would wait for its time-out
};

}  // namespace soundfold::assets
