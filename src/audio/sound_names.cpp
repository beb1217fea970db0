// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_names.h"

#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <set>

namespace soundfold::audio {
namespace fs = std::filesystem;
namespace {

const std::set<std::string>& sound_extensions() {
  static const std::set<std::string> extensions = {
      // libsndfile and mpg123
      ".wav", ".wave", ".bwf", ".wavex", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".mp1",
      ".mpga", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".voc", ".8svx", ".svx", ".iff", ".nist", ".sph", ".sf",
      ".ircam", ".sds", ".avr", ".paf",
      // FFmpeg
      ".m4a", ".m4b", ".m4r", ".aac", ".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".webm", ".weba", ".mka", ".mkv", ".wma",
      ".asf", ".wmv", ".amr", ".awb", ".wv", ".ape", ".tta", ".tak", ".mpc", ".ac3", ".eac3", ".dts", ".spx", ".ra",
      ".rm", ".qcp", ".avi", ".flv", ".mpg", ".mpeg"};
  return extensions;
}

void walk_folders(const fs::path& root, const fs::path& below, FolderContents& contents) {
  const fs::path folder = below.empty() ? root : root / below;
  std::error_code failed;
  fs::directory_iterator entry(folder, failed);
  for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    const fs::path name = below / entry->path().filename();
    std::error_code ignored;  // a link to nowhere is no folder, and is reported when it is opened
    if (is_system_name(name)) {
      ++contents.system_files;
    } else if (entry->is_directory(ignored)) {
      if (entry->is_symlink(ignored)) {
        ++contents.linked_folders;
      } else {
        walk_folders(root, name, contents);
      }
    } else if (is_sound_name(name)) {
      contents.sounds.push_back(name);
    } else {
      ++contents.other_files;
    }
  }
  if (failed) throw DataError("cannot read the folder " + folder.string() + ": " + failed.message());
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace

bool is_sound_name(const fs::path& path) {
  return sound_extensions().count(lower_case(path.extension().string())) == 1;
}

bool is_system_name(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name.empty() || name == "." || name == "..") return false;
  if (name.front() == '.' || name == "__MACOSX") return true;
  const std::string lower = lower_case(name);
  return lower == "thumbs.db" || lower == "desktop.ini";
}

std::string FolderContents::ignored() const {
  std::string text;
  const auto add = [&](std::size_t count, const std::string& one, const std::string& many) {
    if (count > 0) text += (text.empty() ? "" : ", ") + counted(count, one, many);
  };
  add(other_files, "file without a sound file's extension", "files without a sound file's extension");
  add(system_files, "system file (such as ._dog.wav, .DS_Store)", "system files (such as ._dog.wav, .DS_Store)");
  add(linked_folders, "link to a folder", "links to folders");
  return text;
}

FolderContents list_sounds(const fs::path& folder) {
  FolderContents contents;
  walk_folders(folder, {}, contents);
  std::sort(contents.sounds.begin(), contents.sounds.end());
  return contents;
}

}  // namespace soundfold::audio
