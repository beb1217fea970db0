// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::assets {

/// What is known of a file's bytes before it is fetched. Zero or empty means unknown.
struct Expected {
  std::uintmax_t size_bytes = 0;
  std::string sha256;  ///< lower-case hexadecimal
};

/// How an archive becomes a folder. Limits keep a hostile archive from filling the disk.
struct Unpack {
  int strip_components = 0;                  ///< leading path components to drop
  std::uintmax_t max_bytes = 4'000'000'000;  ///< of all unpacked files together
  std::uintmax_t max_entries = 100'000;      ///< files and folders
};

/// The clips a table inside the folder names; each must be there.
struct Listing {
  std::string table;     ///< CSV file, relative to the asset's folder
  std::string column;    ///< the column that holds file names
  std::string folder;    ///< where those files lie, relative to the asset's folder
  std::string full_md5;  ///< of the whole set's table; with another table it is a part of the set. Empty: not known
};

/// One entry of the manifest.
struct Asset {
  std::string name;   ///< lower-case letters, digits and underscores
  std::string url;    ///< https, http or file
  Expected expected;  ///< of the file, or of the archive
  std::string licence_name;
  std::string licence_holder;
  std::filesystem::path place;                ///< relative to the data folder
  std::vector<std::filesystem::path> mirror;  ///< candidates inside a mirror, in order; at least one
  std::optional<Unpack> unpack;               ///< set: the address is a zip archive and the place is a folder
  std::optional<Listing> listing;             ///< only with unpack

  bool is_folder() const { return unpack.has_value(); }
};

/// The list of everything that can be fetched.
struct Manifest {
  std::vector<Asset> assets;

  /// Throws UsageError listing the known names when there is no such asset.
  const Asset& find(const std::string& name) const;
};

/// Reads and checks a manifest (YAML). Throws UsageError naming file, line, asset and key for unknown, missing or
/// impossible keys, names or places used twice, and places that leave the data folder or a mirror.
Manifest read_manifest(const std::filesystem::path& path);

/// True when `path` is relative, not empty, and has no `..` component: joined to a folder it stays inside.
bool stays_inside(const std::filesystem::path& path);

}  // namespace soundfold::assets
