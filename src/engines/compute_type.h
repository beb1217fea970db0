// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "text/choice.h"

#include <string>

namespace soundfold::engines {

/// What is asked to run a network; automatic: oneDNN on the CPU, otherwise TorchScript.
enum class Engine { automatic, onednn, torchscript };

/// Arithmetic of a network. automatic is float32, so that the same configuration gives the same values on every
/// machine; int8 is the published TFLite file's own integer arithmetic.
enum class Precision { automatic, float32, bfloat16, int8 };

enum class DeviceKind { cpu, cuda };

/// What computed values; torch: the blocks before those that are trained.
enum class EngineUsed { onednn, torchscript, torch };

/// Their names, for text/choice.h.
constexpr ChoiceNames<Engine> choice_names_of(Engine) {
  return {{"auto", "onednn", "torchscript"}};
}
constexpr ChoiceNames<Precision> choice_names_of(Precision) {
  return {{"auto", "float32", "bfloat16", "int8"}};
}
constexpr ChoiceNames<DeviceKind> choice_names_of(DeviceKind) {
  return {{"cpu", "cuda"}};
}
constexpr ChoiceNames<EngineUsed> choice_names_of(EngineUsed) {
  return {{"onednn", "torchscript", "torch"}};
}

/// float32 for automatic, otherwise `asked`.
constexpr Precision settled(Precision asked) {
  return asked == Precision::automatic ? Precision::float32 : asked;
}

/// Where a network runs, without LibTorch's types (device_of() in torchscript_engine.h).
struct Device {
  DeviceKind kind = DeviceKind::cpu;
  int index = -1;  ///< of several; -1: the current one

  bool is_cpu() const { return kind == DeviceKind::cpu; }
  /// "cpu", "cuda:0".
  std::string text() const { return name_of(kind) + (index < 0 ? "" : ":" + std::to_string(index)); }
};

/// What decides the last bits of computed values; part of the store's key, of results and of exports.
struct ComputeType {
  DeviceKind device = DeviceKind::cpu;
  EngineUsed engine = EngineUsed::onednn;
  Precision precision = Precision::float32;  ///< never automatic
  bool tf32 = false;                         ///< CUDA may round the factors of products to TF32

  bool operator==(const ComputeType& other) const {
    return device == other.device && engine == other.engine && precision == other.precision && tf32 == other.tf32;
  }
  /// One that gives what an exported file gives on a CPU, but for the order of additions.
  bool is_cpu_float32() const { return device == DeviceKind::cpu && precision == Precision::float32; }
  /// "onednn float32", "torchscript float32 on cuda", "torchscript float32 on cuda with TF32".
  std::string text() const {
    return name_of(engine) + " " + name_of(precision) + (device == DeviceKind::cpu ? "" : " on " + name_of(device)) +
           (tf32 ? " with TF32" : "");
  }
};

}  // namespace soundfold::engines
