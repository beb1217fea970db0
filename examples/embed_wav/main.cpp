// SPDX-License-Identifier: Apache-2.0
// Embeds a sound file with libsoundfold, and prints how many embeddings of which size, and the first one's best class.
#include <soundfold/embedder.h>

#include <algorithm>
#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: embed_wav WEIGHTS.safetensors SOUND\n"), 2;
  try {
    soundfold::Embedder embedder(argv[1]);
    const soundfold::Embeddings result = embedder.embed_file(argv[2]);
    const auto best = std::max_element(result.scores.begin(), result.scores.begin() + result.class_count);
    const auto& name = embedder.class_names().at(static_cast<std::size_t>(best - result.scores.begin()));
    std::printf("%zu embeddings of %zu values; the first patch: %s %.3f\n",
                static_cast<std::size_t>(result.patch_count), static_cast<std::size_t>(result.embedding_size),
                name.c_str(), static_cast<double>(*best));
    return 0;
  } catch (const std::exception& error) {  // soundfold::UsageError, soundfold::DataError
    return std::fprintf(stderr, "embed_wav: error: %s\n", error.what()), 1;
  }
}
