// SPDX-License-Identifier: Apache-2.0
#include "triton/model_config.h"

#include "support/files.h"

#include <algorithm>
#include <regex>
#include <set>
#include <stdexcept>

namespace soundfold::testing {
namespace fs = std::filesystem;
namespace {

class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  TextMessage message(bool whole) {
    TextMessage message;
    while (true) {
      skip_space();
      if (at_ == text_.size()) {
        if (whole) return message;
        throw std::runtime_error("a message without its end");
      }
      if (!whole && text_[at_] == '}') return message;
      field(message);
    }
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (std::isspace(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == ','))
      ++at_;
  }
  char next() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void take(char wanted) {
    if (next() != wanted) throw std::runtime_error(std::string("expected ") + wanted + " at " + std::to_string(at_));
    ++at_;
  }
  std::string word() {
    const auto start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_' ||
                                  text_[at_] == '-' || text_[at_] == '.')) {
      ++at_;
    }
    if (start == at_) throw std::runtime_error("expected a word at " + std::to_string(at_));
    return text_.substr(start, at_ - start);
  }
  std::string quoted() {
    take('"');
    const auto end = text_.find('"', at_);
    if (end == std::string::npos) throw std::runtime_error("a string without its end");
    const auto value = text_.substr(at_, end - at_);
    at_ = end + 1;
    return value;
  }
  TextMessage::Value value() {
    if (next() == '{') {
      take('{');
      TextMessage::Value inner{"", {message(false)}};
      take('}');
      return inner;
    }
    return {text_[at_] == '"' ? quoted() : word(), {}};
  }
  void field(TextMessage& message) {
    auto& values = message.fields[word()];
    const bool colon = next() == ':';
    if (colon) take(':');
    if (next() != '[') {
      if (!colon && next() != '{') throw std::runtime_error("a scalar needs a colon at " + std::to_string(at_));
      values.push_back(value());
      return;
    }
    take('[');
    while (next() != ']') values.push_back(value());
    take(']');
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

/// Collects what is wrong.
class Faults {
 public:
  void expect(bool right, const std::string& fault) {
    if (!right) faults.push_back(fault);
  }
  std::vector<std::string> faults;
};

std::vector<std::string> names_of(const TextMessage& config, const std::string& field) {
  std::vector<std::string> names;
  for (const auto& io : config.all(field)) names.push_back(io.message.at(0).scalar("name"));
  return names;
}

std::int64_t lines_of(const fs::path& file) {
  const auto text = read_file(file);
  return std::count(text.begin(), text.end(), '\n');
}

void check_tensor(const TextMessage& tensor, const fs::path& folder, Faults& found) {
  const auto& name = tensor.scalar("name");
  found.expect(tensor.scalar("data_type").rfind("TYPE_", 0) == 0, name + ": data_type");
  found.expect(tensor.fields.count("dims") == 1 && !tensor.all("dims").empty(), name + ": a rank of 0");
  for (const auto& dim : tensor.all("dims")) {
    const auto size = std::stoll(dim.scalar);
    found.expect(size >= 1 || size == -1, name + ": a dimension of " + dim.scalar);
  }
  if (tensor.fields.count("label_filename") == 0) return;
  const auto labels = folder / tensor.scalar("label_filename");
  found.expect(fs::exists(labels), name + ": no " + labels.string());
  found.expect(fs::exists(labels) && lines_of(labels) == std::stoll(tensor.all("dims").back().scalar),
               name + ": labels do not fit its last dimension");
}

/// <name>__<index>, with the indices 0, 1, ... in order.
void check_pytorch_names(const std::vector<std::string>& names, Faults& found) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    found.expect(std::regex_match(names[i], std::regex("[A-Za-z0-9]+__" + std::to_string(i))), names[i] + ": its name");
  }
}

void check_files(const fs::path& folder, const std::string& file, Faults& found) {
  found.expect(fs::exists(folder / "1" / file), "no 1/" + file);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    const auto version = entry.path().filename().string();
    found.expect(std::regex_match(version, std::regex("[1-9][0-9]*")), "a version called " + version);
  }
}

}  // namespace

TextMessage read_text_message(const std::string& text) {
  return Reader(text).message(true);
}

std::vector<std::string> model_faults(const fs::path& folder) {
  const auto config = read_text_message(read_file(folder / "config.pbtxt"));
  Faults found;
  static const std::set<std::string> known = {"name",   "backend",          "platform",       "max_batch_size", "input",
                                              "output", "dynamic_batching", "instance_group", "parameters"};
  for (const auto& [field, values] : config.fields) found.expect(known.count(field) == 1, "a field " + field);
  found.expect(config.scalar("name") == folder.filename().string(), "its name is not that of the folder");
  found.expect(std::stoi(config.scalar("max_batch_size")) >= 1, "dynamic_batching without max_batch_size");
  const auto& backend = config.scalar("backend");
  found.expect(backend == "onnxruntime" || backend == "pytorch", "the backend " + backend);
  if (backend == "pytorch") {
    found.expect(config.scalar("platform") == "pytorch_libtorch", "the platform");
    check_pytorch_names(names_of(config, "input"), found);
    check_pytorch_names(names_of(config, "output"), found);
  }
  check_files(folder, backend == "pytorch" ? "model.pt" : "model.onnx", found);
  for (const char* field : {"input", "output"}) {
    for (const auto& tensor : config.all(field)) check_tensor(tensor.message.at(0), folder, found);
  }
  for (const auto& parameter : config.all("parameters")) {
    const auto& entry = parameter.message.at(0);
    found.expect(!entry.scalar("key").empty() && !entry.all("value").at(0).message.at(0).scalar("string_value").empty(),
                 "a parameter without key or value");
  }
  return found.faults;
}

}  // namespace soundfold::testing
