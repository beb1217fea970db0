// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// Where the folders of the classes seem to be when a root is one level too high or too low. For messages: a folder
/// counts as a class's when a sound file lies straight in it.
namespace soundfold::dataset {

/// The folder that holds `folder`, whatever slashes and dots that ends with.
std::filesystem::path parent_of(const std::filesystem::path& folder);

/// Names of the folders straight in `folder` that hold sound files, sorted. Never throws.
std::vector<std::string> class_folders_in(const std::filesystem::path& folder);

/// "; the classes seem to be in 'data/pets' (cat, dog): give that folder" when `folder` holds at least two such folders
/// and, where names are `wanted`, one of them; otherwise empty.
std::string hint_at_classes(const std::filesystem::path& folder, const std::vector<std::string>& wanted = {});

/// The same of the first of the folders in `root`, by name, and of the one that `root` is in, that has any.
std::string hint_near(const std::filesystem::path& root, const std::vector<std::string>& wanted);

/// Folders straight in `folder` that hold no sound straight in them, but two or more folders that do: those of data
/// sets rather than of classes. Sorted; never throws.
std::vector<std::string> data_sets_in(const std::filesystem::path& folder);

}  // namespace soundfold::dataset
