// SPDX-License-Identifier: Apache-2.0
#include "state_dicts/state_dict.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/damage.h"
#include "testing/state_dict_file.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace soundfold;
using Catch::Contains;
using soundfold::testing::TensorFile;
using state_dicts::read_state_dict;

namespace {

std::filesystem::path torch_file() {
  return soundfold::testing::source_folder() / "tests" / "efficientat" / "small.pt";
}

std::vector<TensorFile> two_tensors() {
  return {soundfold::testing::float_tensor("kernel", {2, 3}, {1, 2, 3, 4, 5, 6}),
          {"count", {}, false, soundfold::testing::bytes_of(41, 8)}};
}

std::string saved_refusal(const std::string& bytes) {
  try {
    read_state_dict(bytes, "a.pt");
    return "";
  } catch (const DataError& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK_THAT(text, Contains("a.pt: "));
    return text;
  }
}

/// The archive of two_tensors() with another pickle.
std::string pickle_refusal(const std::string& pickle) {
  return saved_refusal(soundfold::testing::state_dict_with(pickle, two_tensors()));
}

std::string changed_pickle(const std::string& from, const std::string& to) {
  auto pickle = soundfold::testing::pickled_state_dict(two_tensors());
  const auto at = pickle.find(from);
  REQUIRE(at != std::string::npos);
  return pickle_refusal(pickle.replace(at, from.size(), to));
}

std::string changed_tensor(void (*change)(TensorFile&)) {
  auto tensors = two_tensors();
  change(tensors[0]);
  return saved_refusal(soundfold::testing::state_dict_bytes(tensors));
}

}  // namespace

TEST_CASE("a file of PyTorch's torch.save is read", "[state_dicts]") {
  CHECK(state_dicts::is_state_dict(torch_file()));
  const auto read = read_state_dict(torch_file());
  const auto network = soundfold::testing::small_efficientat();
  const auto expected = soundfold::testing::efficientat_tensors(*network.mobilenet, network.class_count);
  REQUIRE(read.size() == expected.size());
  for (const auto& tensor : expected) {
    INFO(tensor.name);
    REQUIRE(read.count(tensor.name) == 1);
    const auto& found = read.at(tensor.name);
    CHECK(found.shape == tensor.shape);
    CHECK(found.floating == tensor.floating);
    if (!tensor.floating) {
      CHECK(found.whole_numbers == std::vector<std::int64_t>{static_cast<std::int64_t>(tensor.name.size())});
      continue;
    }
    CHECK(found.values == soundfold::testing::efficientat_values({tensor.name, tensor.shape}));
  }
}

TEST_CASE("values, shapes and types of a state dict are those in the file", "[state_dicts]") {
  const auto read = read_state_dict(soundfold::testing::state_dict_bytes(two_tensors()), "a.pt");
  REQUIRE(read.size() == 2);
  CHECK(read.at("kernel").shape == std::vector<std::int64_t>{2, 3});
  CHECK(read.at("kernel").values == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(read.at("count").shape.empty());
  CHECK(read.at("count").whole_numbers == std::vector<std::int64_t>{41});
}

TEST_CASE("a pickle that wants to call anything else is refused by name", "[state_dicts]") {
  const std::string start = "\x80\x02";
  const auto call = [&](const std::string& module, const std::string& name) {
    return pickle_refusal(start + "c" + module + "\n" + name + "\n(" + soundfold::testing::pickled_text("id") + "tR.");
  };
  CHECK_THAT(call("posix", "system"), Contains("it names posix.system, which is refused"));
  CHECK_THAT(call("builtins", "eval"), Contains("builtins.eval"));
  CHECK_THAT(call("torch", "load"), Contains("torch.load"));
  CHECK_THAT(call("torch._utils", "_rebuild_parameter"), Contains("torch._utils._rebuild_parameter"));
  CHECK_THAT(call("torch", "HalfStorage"), Contains("torch.HalfStorage"));
  CHECK_THAT(call("collections\0", "OrderedDict"), Contains("it makes an OrderedDict of something"));
  CHECK_THAT(call(std::string("collections\0x", 13), "OrderedDict"), Contains("collections?x.OrderedDict"));
  CHECK_THAT(call("torch", "FloatStorage"), Contains("it calls what is not a function"));
  CHECK_THAT(call("models.mn.model", std::string(100'000, 'x')), Contains("models.mn.model.xxx"));
}

TEST_CASE("instructions that a state dict does not need are refused", "[state_dicts]") {
  const std::string start = soundfold::testing::kPickledDict;
  for (const char* instruction :
       {"i", "o", "\x93", "\x81", "\x82", "\x95", "P", "I1\n", "S'a'\n", "]", "e", "0", "2", "G"}) {
    INFO(int{static_cast<unsigned char>(instruction[0])});
    CHECK_THAT(pickle_refusal(start + instruction), Contains("which a state dict does not need"));
  }
  CHECK_THAT(pickle_refusal("\x80\x04."), Contains("a protocol other than 2"));
}

TEST_CASE("a pickle that does not fit together is refused", "[state_dicts]") {
  const std::string start = soundfold::testing::kPickledDict;
  CHECK_THAT(pickle_refusal(""), Contains("truncated"));
  CHECK_THAT(pickle_refusal(start), Contains("truncated"));
  CHECK_THAT(pickle_refusal(start + ".."), Contains("something follows its end"));
  CHECK_THAT(pickle_refusal(start + start + "."), Contains("does not leave one value"));
  CHECK_THAT(pickle_refusal("\x80\x02."), Contains("does not leave one value"));
  CHECK_THAT(pickle_refusal("\x80\x02N."), Contains("not of a dict"));
  CHECK_THAT(pickle_refusal(start + "t."), Contains("a mark"));
  CHECK_THAT(pickle_refusal(start + "(."), Contains("does not leave one value"));
  CHECK_THAT(pickle_refusal(start + "(\x85."), Contains("takes a value where there is none"));
  CHECK_THAT(pickle_refusal(start + "s."), Contains("takes a value where there is none"));
  CHECK_THAT(pickle_refusal(start + "(Nu."), Contains("a key without a value"));
  CHECK_THAT(pickle_refusal(start + "NNs."), Contains("not a text"));
  CHECK_THAT(pickle_refusal(start + "h\x07."), Contains("did not remember"));
  CHECK_THAT(pickle_refusal(start + "NQ."), Contains("a persistent id is not a tuple"));
  CHECK_THAT(pickle_refusal(start + "(NtQ."), Contains("an id of an unknown form"));
  CHECK_THAT(pickle_refusal(start + "X\xFF\xFF\xFF\xFF" + "abc."), Contains("truncated"));
  CHECK_THAT(pickle_refusal(start + "\x8A\xFF"), Contains("more than 64 bits"));
  CHECK_THAT(pickle_refusal(std::string(1'000'001, '(')), Contains("1000000 are read"));
  CHECK_THAT(pickle_refusal(start + "(" + soundfold::testing::pickled_text("epoch") + "K\x01u."),
             Contains("'epoch' is not a tensor"));
  CHECK_THAT(changed_pickle("storage", "storagE"), Contains("an id of an unknown form"));
  CHECK_THAT(changed_pickle("_rebuild_tensor_v2", "_rebuild_tensor_v3"), Contains("_rebuild_tensor_v3"));
}

TEST_CASE("tensors that do not fit their values are refused by name", "[state_dicts]") {
  using soundfold::testing::pickled_number;
  using soundfold::testing::pickled_tuple;
  CHECK_THAT(changed_tensor([](TensorFile& t) { t.bytes.resize(20); }), Contains("kernel: it reaches beyond"));
  CHECK_THAT(changed_tensor([](TensorFile& t) { t.bytes.push_back('x'); }),
             Contains("kernel: its storage has 25 bytes"));
  CHECK_THAT(changed_tensor([](TensorFile& t) { t.shape = {2, 4}; }), Contains("kernel: it reaches beyond"));
  CHECK_THAT(changed_tensor([](TensorFile& t) { t.shape = {2, -3}; }), Contains("kernel: a shape of [2, -3]"));
  CHECK_THAT(changed_tensor([](TensorFile& t) { t.shape = {0, 3}; }), Contains("kernel: a shape of [0, 3]"));
  CHECK_THAT(changed_tensor([](TensorFile& t) { t.shape = {2'000'000'000, 2'000'000'000}; }), Contains("a shape of"));
  CHECK_THAT(changed_tensor([](TensorFile& t) { t.shape.assign(9, 1); }), Contains("more than 8 numbers"));
  CHECK_THAT(changed_tensor([](TensorFile& t) {
               const float value = std::numeric_limits<float>::infinity();
               t.bytes.replace(4, 4, reinterpret_cast<const char*>(&value), 4);
             }),
             Contains("kernel: value 1 is not a finite number"));
  CHECK_THAT(changed_pickle(pickled_tuple({3, 1}), pickled_tuple({1, 2})),
             Contains("kernel: its values do not lie row"));
  CHECK_THAT(changed_pickle(pickled_tuple({3, 1}), pickled_tuple({3})), Contains("kernel: its values do not lie row"));
  CHECK_THAT(changed_pickle(pickled_number(6), pickled_number(-6)), Contains("kernel: its storage has 24 bytes"));
  CHECK_THAT(changed_pickle(pickled_number(6), pickled_number(7)), Contains("kernel: its storage has 24 bytes"));
  CHECK_THAT(changed_pickle(std::string("tQK\0", 4), std::string("tQK\1", 4)), Contains("kernel: it reaches beyond"));
  CHECK_THAT(changed_pickle("FloatStorage", "LongStorage"), Contains("kernel: its storage has 24 bytes"));
  using soundfold::testing::pickled_text;
  CHECK_THAT(changed_pickle(pickled_text("1") + pickled_text("cpu"), pickled_text("2") + pickled_text("cpu")),
             Contains("count: its values are missing"));
}

TEST_CASE("a state dict whose tensors share values or names is refused", "[state_dicts]") {
  using soundfold::testing::pickled_tensor;
  using soundfold::testing::pickled_text;
  const auto tensors = two_tensors();
  const auto with = [&](const std::string& items) {
    return pickle_refusal(soundfold::testing::kPickledDict + "(" + items + "u.");
  };
  const std::string kernel = pickled_tensor(tensors[0], "0"), count = pickled_tensor(tensors[1], "1");
  CHECK_THAT(with(pickled_text("a") + kernel + pickled_text("b") + kernel), Contains("b: it shares its values"));
  CHECK_THAT(with(pickled_text("a") + kernel + pickled_text("a") + count), Contains("a: it appears twice"));
}

TEST_CASE("archives that are no state dict are refused", "[state_dicts]") {
  using soundfold::testing::stored_zip;
  const auto pickle = soundfold::testing::pickled_state_dict({});
  CHECK(saved_refusal(stored_zip({{"a/data.pkl", pickle}})).empty());
  CHECK_THAT(saved_refusal(stored_zip({{"a/data", "x"}})), Contains("no data.pkl"));
  CHECK_THAT(saved_refusal(stored_zip({{"a/data.pkl", pickle}, {"a/constants.pkl", "x"}})), Contains("TorchScript"));
  CHECK_THAT(saved_refusal(stored_zip({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}})), Contains("two pickles"));
  CHECK_THAT(saved_refusal(stored_zip({{"a/data.pkl", pickle}, {"a/byteorder", "big"}})), Contains("little-endian"));
  CHECK(saved_refusal(stored_zip({{"a/data.pkl", pickle}, {"a/byteorder", "little"}})).empty());
  for (const char* text : {"", "PK", "\x80\x02}.", "not an archive at all"}) CHECK_FALSE(saved_refusal(text).empty());
  const soundfold::testing::TempFolder folder;
  CHECK_FALSE(state_dicts::is_state_dict(folder / "missing.pt"));
  CHECK_THROWS_AS(read_state_dict(folder / "missing.pt"), DataError);
  write_file_atomically(folder / "module.pt", stored_zip({{"a/data.pkl", "x"}, {"a/constants.pkl", "x"}}));
  CHECK_FALSE(state_dicts::is_state_dict(folder / "module.pt"));
}

TEST_CASE("damage to a saved file is found, or changes nothing that is read", "[state_dicts]") {
  const std::string whole = read_file(torch_file());
  const auto expected = read_state_dict(whole, "a.pt");
  for (std::size_t length = 0; length < whole.size(); length += 997) {
    CHECK_FALSE(saved_refusal(whole.substr(0, length)).empty());
  }
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < whole.size(); at += 31) places.push_back(at);
  const auto harmless = [&](const std::string& damaged) {
    try {
      const auto read = read_state_dict(damaged, "a.pt");
      if (read.size() != expected.size()) return false;
      for (const auto& [name, tensor] : expected) {
        const auto found = read.find(name);
        if (found == read.end() || found->second.values != tensor.values ||
            found->second.whole_numbers != tensor.whole_numbers || found->second.shape != tensor.shape)
          return false;
      }
      return true;
    } catch (const DataError&) {
      return true;
    }
  };
  CHECK(soundfold::testing::unnoticed_flips(whole, places, harmless) == 0);
}
