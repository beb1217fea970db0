// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

/// One function for each reader of files from outside. It gives the reader `count` bytes of any content and returns
/// when the reader accepted or refused them as it promises: a UsageError or DataError whose message is one printable
/// line. Everything else is thrown as BrokenPromise (or is a crash, which is what the sanitizers are for). libFuzzer
/// calls them in fuzz/entry.cpp, and tests/fuzz replays a few inputs without it.
namespace soundfold::fuzz {

struct BrokenPromise : std::logic_error {
  using std::logic_error::logic_error;
};

void try_audio(const std::uint8_t* bytes, std::size_t count);        ///< a sound file
void try_tflite(const std::uint8_t* bytes, std::size_t count);       ///< a TFLite file, packed (packing.h)
void try_keras_h5(const std::uint8_t* bytes, std::size_t count);     ///< an HDF5 file, packed
void try_safetensors(const std::uint8_t* bytes, std::size_t count);  ///< a safetensors file, packed
void try_ced(const std::uint8_t* bytes, std::size_t count);          ///< CED's published layout, packed
void try_state_dict(const std::uint8_t* bytes, std::size_t count);   ///< torch.save's archive, and its pickle alone
void try_model(const std::uint8_t* bytes, std::size_t count);        ///< a model.safetensors, packed
void try_tar(const std::uint8_t* bytes, std::size_t count);       ///< one byte of options, then a tar of sounds, packed
void try_zip(const std::uint8_t* bytes, std::size_t count);       ///< a zip archive
void try_config(const std::uint8_t* bytes, std::size_t count);    ///< an experiment in YAML
void try_csv(const std::uint8_t* bytes, std::size_t count);       ///< any CSV; also as YAMNet's class map
void try_labels(const std::uint8_t* bytes, std::size_t count);    ///< a label file of events
void try_dataset(const std::uint8_t* bytes, std::size_t count);   ///< one byte of options, then a list of clips
void try_metadata(const std::uint8_t* bytes, std::size_t count);  ///< the metadata.json of a yamnet.pt
void try_record(const std::uint8_t* bytes, std::size_t count);    ///< one byte of options, then a record of the store

struct Target {
  std::string name;
  void (*run)(const std::uint8_t* bytes, std::size_t count);
};

/// All of the above.
const std::vector<Target>& targets();

}  // namespace soundfold::fuzz
