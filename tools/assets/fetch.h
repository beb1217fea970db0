// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assets/download.h"
#include "assets/manifest.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace soundfold {

struct FetchOptions {
  std::filesystem::path data_folder = "data";
  std::filesystem::path mirror;  ///< looked at before the network; empty: none
  bool verify = false;           ///< read everything that is there again instead of trusting size and time
  DownloadLimits limits;
};

/// State of an asset in the data folder.
struct AssetState {
  enum class Kind { missing, damaged, part, whole };
  Kind kind = Kind::missing;
  std::string problem;       ///< why it is damaged
  std::size_t files = 0;     ///< when part or whole
  std::uintmax_t bytes = 0;  ///< when part or whole

  bool usable() const { return kind == Kind::part || kind == Kind::whole; }
};

enum class Origin { already_there, mirror, network };

/// "already there", "from the mirror", "from the network".
std::string to_string(Origin origin);

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

  /// Looks without fetching.
  AssetState inspect(const std::string& name);

  /// Throws UsageError for an unknown name, Unavailable or (a damaged copy on the mirror, a full disk) another
  /// DataError naming everything that was tried, Interrupted.
  FetchResult fetch(const std::string& name);

  /// The first of `names` that is available: one that is there already, otherwise for each in turn the mirror and then
  /// the network, which is given a short time to answer. Throws like fetch when none is available.
  FetchResult fetch_any(const std::vector<std::string>& names);

 private:
  std::optional<FetchResult> already_there(const std::vector<std::string>& names, bool warn_damaged);
  void tidy(const Asset& asset) const;
  AssetState look(const Asset& asset);
  AssetState look_at_file(const Asset& asset, const std::filesystem::path& path);
  AssetState look_at_folder(const Asset& asset, const std::filesystem::path& path);
  bool from_mirror(const Asset& asset);
  bool mirror_holds(const Asset& asset) const;
  bool take_from(const std::filesystem::path& source, const Asset& asset);
  void from_network(const Asset& asset, const DownloadLimits& limits);
  void unpack_into_place(const std::filesystem::path& archive, const Asset& asset);
  void put_in_place(const std::filesystem::path& finished, const Asset& asset, const std::vector<std::string>& files);
  FetchResult result(const Asset& asset, Origin origin);
  std::string failure(const Asset& asset, const std::string& network_problem) const;
  std::filesystem::path place(const Asset& asset) const { return options_.data_folder / asset.place; }
  std::filesystem::path beside(const Asset& asset, const std::string& suffix) const;
  std::filesystem::path stamp_path(const Asset& asset) const;

  Manifest manifest_;
  FetchOptions options_;
  std::set<std::string> unreachable_hosts_;  ///< not asked twice: each would wait for its time-out
};

}  // namespace soundfold
