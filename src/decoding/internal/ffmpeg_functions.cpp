// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/ffmpeg_functions.h"

#include <dlfcn.h>

namespace soundfold::decoding {
namespace {

/// Sets `function` from the library, which stays loaded. The first failure is kept in `problem`.
template <typename Function>
void take(void* library, const char* name, Function& function, std::string& problem) {
  void* const found = library == nullptr ? nullptr : dlsym(library, name);
  if (found == nullptr && problem.empty()) problem = std::string("it has no ") + name;
  function = reinterpret_cast<Function>(found);
}

/// The library of the version that the headers are of; null with a reason in `problem`.
void* open_library(const std::string& name, int version, std::string& problem) {
  void* const library = dlopen((name + ".so." + std::to_string(version)).c_str(), RTLD_NOW | RTLD_LOCAL);
  const char* const reason = library == nullptr ? dlerror() : nullptr;
  if (library == nullptr && problem.empty()) problem = reason == nullptr ? name + " is missing" : reason;
  return library;
}

FfmpegFunctions load_ffmpeg() {
  FfmpegFunctions all;
  void* library = nullptr;
#define SOUNDFOLD_TAKE(name) take(library, #name, all.name, all.problem);
  library = open_library("libavutil", LIBAVUTIL_VERSION_MAJOR, all.problem);
  SOUNDFOLD_AVUTIL(SOUNDFOLD_TAKE)
  library = open_library("libavcodec", LIBAVCODEC_VERSION_MAJOR, all.problem);
  SOUNDFOLD_AVCODEC(SOUNDFOLD_TAKE)
  library = open_library("libavformat", LIBAVFORMAT_VERSION_MAJOR, all.problem);
  SOUNDFOLD_AVFORMAT(SOUNDFOLD_TAKE)
  library = open_library("libswresample", LIBSWRESAMPLE_VERSION_MAJOR, all.problem);
  SOUNDFOLD_SWRESAMPLE(SOUNDFOLD_TAKE)
#undef SOUNDFOLD_TAKE
  return all;
}

}  // namespace

const FfmpegFunctions& ffmpeg() {
  static const FfmpegFunctions loaded = load_ffmpeg();
  return loaded;
}

}  // namespace soundfold::decoding
