// SPDX-License-Identifier: Apache-2.0
#include "state_dicts/internal/pickle.h"

#include "state_dicts/internal/pickle_value.h"
#include "support/errors.h"
#include "text/text.h"

#include <cstddef>
#include <cstdio>
#include <deque>
#include <map>
#include <utility>

namespace soundfold::state_dicts {
namespace {

/// Known state dicts have 40 kB.
constexpr std::size_t kMaxPickleBytes = 1'000'000;
constexpr std::size_t kMaxDimensions = 8;

class Machine {
 public:
  Machine(std::string_view pickle, const std::string& file) : pickle_(pickle), file_(file) {}

  std::vector<TensorPlace> run() {
    if (pickle_.size() > kMaxPickleBytes) fail("it has " + std::to_string(pickle_.size()) + " bytes, 1000000 are read");
    while (!stopped_) step(static_cast<unsigned char>(take(1)[0]));
    if (at_ != pickle_.size()) fail("something follows its end");
    if (stack_.size() != 1 || !marks_.empty()) fail("it does not leave one value");
    return tensors_of(stack_.back());
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw DataError(
        file_ + ": its pickle: " + shown(problem) + " (at byte " + std::to_string(at_) +
        "); only a state dict of float32 tensors is read, as torch.save(model.state_dict(), FILE) writes it");
  }

  std::string_view take(std::size_t count) {
    if (count > pickle_.size() - at_) fail("it is truncated");
    at_ += count;
    return pickle_.substr(at_ - count, count);
  }

  /// Little-endian, of 1 to 8 bytes.
  std::uint64_t take_number(std::size_t bytes) {
    std::uint64_t number = 0;
    const std::string_view taken = take(bytes);
    for (std::size_t i = 0; i < bytes; ++i) number |= std::uint64_t{static_cast<unsigned char>(taken[i])} << (8 * i);
    return number;
  }

  std::string_view take_line() {
    const std::size_t end = pickle_.find('\n', at_);
    if (end == std::string_view::npos) fail("it is truncated");
    const std::string_view line = take(end - at_);
    ++at_;
    return line;
  }

  void push(Kind kind, std::int64_t number = 0, std::string_view text = {}) { stack_.push_back({kind, number, text}); }

  Value pop() {
    const std::size_t least = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= least) fail("it takes a value where there is none");
    const Value value = stack_.back();
    stack_.pop_back();
    return value;
  }

  /// The last `count` values, in order.
  Values pop(std::size_t count) {
    Values values(count);
    for (std::size_t i = count; i > 0; --i) values[i - 1] = pop();
    return values;
  }

  Values pop_to_mark() {
    if (marks_.empty()) fail("it goes back to a mark where there is none");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    Values values(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return values;
  }

  void push_tuple(Values values) {
    tuples_.push_back(std::move(values));
    push(Kind::tuple, static_cast<std::int64_t>(tuples_.size()) - 1);
  }

  const Values& tuple(const Value& value, const char* what) const {
    if (value.kind != Kind::tuple) fail(std::string(what) + " is not a tuple");
    return tuples_[static_cast<std::size_t>(value.number)];
  }

  std::int64_t integer(const Value& value, const char* what) const {
    if (value.kind != Kind::integer) fail(std::string(what) + " is not a whole number");
    return value.number;
  }

  void push_dict() {
    dicts_.emplace_back();
    push(Kind::dict, static_cast<std::int64_t>(dicts_.size()) - 1);
  }

  void set_items(const Values& values) {
    if (stack_.empty() || stack_.back().kind != Kind::dict) fail("it sets items of what is not a dict");
    if (values.size() % 2 != 0) fail("a key without a value");
    auto& dict = dicts_[static_cast<std::size_t>(stack_.back().number)];
    dict.insert(dict.end(), values.begin(), values.end());
  }

  void push_name() {
    const std::string module(take_line());
    const std::string full = module + "." + std::string(take_line());
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (full == kNames[i]) return push(Kind::name, static_cast<std::int64_t>(i));
    }
    fail("it names " + full + ", which is refused");
  }

  void remember(std::uint64_t place) {
    if (stack_.empty()) fail("it remembers a value where there is none");
    memo_[place] = stack_.back();
  }

  void recall(std::uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) fail("it recalls a value that it did not remember");
    stack_.push_back(found->second);
  }

  /// LONG1: a number of at most 8 bytes in two's complement.
  void push_long() {
    const auto bytes = static_cast<std::size_t>(take_number(1));
    if (bytes > 8) fail("a whole number of more than 64 bits");
    std::uint64_t number = take_number(bytes);
    const bool negative = bytes > 0 && ((number >> (8 * bytes - 1)) & 1U) != 0;
    if (negative && bytes < 8) number |= ~std::uint64_t{0} << (8 * bytes);
    push(Kind::integer, static_cast<std::int64_t>(number));
  }

  /// ('storage', type, key, location, number of values); where the values were when they were saved does not matter.
  void push_storage() {
    const Values id = tuple(pop(), "a persistent id");
    const bool right = id.size() == 5 && id[0].kind == Kind::text && id[0].text == "storage" &&
                       id[1].kind == Kind::name && id[2].kind == Kind::text && id[3].kind == Kind::text;
    if (!right || (id[1].number != float_storage && id[1].number != long_storage)) fail("an id of an unknown form");
    TensorPlace place;
    place.storage = id[2].text;
    place.floating = id[1].number == float_storage;
    place.storage_values = integer(id[4], "the size of a storage");
    places_.push_back(std::move(place));
    push(Kind::storage, static_cast<std::int64_t>(places_.size()) - 1);
  }

  std::vector<std::int64_t> sizes(const Value& value, const char* what) const {
    std::vector<std::int64_t> numbers;
    const Values& values = tuple(value, what);
    if (values.size() > kMaxDimensions) fail(std::string(what) + " has more than 8 numbers");
    for (const Value& number : values) numbers.push_back(integer(number, what));
    return numbers;
  }

  /// (storage, offset, shape, strides, requires_grad, hooks), and in newer files metadata.
  void push_tensor(const Values& arguments) {
    if (arguments.size() < 6 || arguments.size() > 7)
      fail("a tensor of " + std::to_string(arguments.size()) + " parts");
    if (arguments[0].kind != Kind::storage) fail("a tensor without a storage");
    TensorPlace place = places_[static_cast<std::size_t>(arguments[0].number)];
    place.offset = integer(arguments[1], "a tensor's offset");
    place.shape = sizes(arguments[2], "a tensor's shape");
    place.strides = sizes(arguments[3], "a tensor's strides");
    places_.push_back(std::move(place));
    push(Kind::tensor, static_cast<std::int64_t>(places_.size()) - 1);
  }

  void call() {
    const Value arguments = pop(), name = pop();
    const Values& values = tuple(arguments, "what a call is given");
    if (name.kind == Kind::name && name.number == rebuild_tensor) return push_tensor(values);
    if (name.kind != Kind::name || name.number != ordered_dict) fail("it calls what is not a function");
    if (!values.empty()) fail("it makes an OrderedDict of something");
    push_dict();
  }

  /// Attributes of the OrderedDict: versions of modules, which nothing here reads.
  void build() {
    pop();
    if (stack_.empty() || stack_.back().kind != Kind::dict) fail("it gives attributes to what is not a dict");
  }

  void step(unsigned char instruction) {
    switch (instruction) {
      case 0x80:  // PROTO
        if (take_number(1) != 2) fail("a protocol other than 2");
        return;
      case '.':
        stopped_ = true;
        return;
      case '(':
        return marks_.push_back(stack_.size());
      case 'N':
        return push(Kind::nothing);
      case 0x88:  // NEWTRUE
      case 0x89:  // NEWFALSE
        return push(Kind::boolean, instruction == 0x88 ? 1 : 0);
      case '}':
        return push_dict();
      case 'c':
        return push_name();
      case 'R':
        return call();
      case 'b':
        return build();
      case 'Q':
        return push_storage();
      case 's':
        return set_items(pop(2));
      case 'u':
        return set_items(pop_to_mark());
      default:
        step_value(instruction);
    }
  }

  void step_value(unsigned char instruction) {
    switch (instruction) {
      case 'K':  // BININT1
        return push(Kind::integer, static_cast<std::int64_t>(take_number(1)));
      case 'M':  // BININT2
        return push(Kind::integer, static_cast<std::int64_t>(take_number(2)));
      case 'J':  // BININT
        return push(Kind::integer, static_cast<std::int32_t>(static_cast<std::uint32_t>(take_number(4))));
      case 0x8A:
        return push_long();
      case 'X':  // BINUNICODE
        return push(Kind::text, 0, take(static_cast<std::size_t>(take_number(4))));
      case ')':
        return push_tuple({});
      case 't':
        return push_tuple(pop_to_mark());
      case 0x85:  // TUPLE1 to TUPLE3
      case 0x86:
      case 0x87:
        return push_tuple(pop(std::size_t{instruction} - 0x84U));
      case 'q':
        return remember(take_number(1));
      case 'r':
        return remember(take_number(4));
      case 'h':
        return recall(take_number(1));
      case 'j':
        return recall(take_number(4));
      default:
        refuse(instruction);
    }
  }

  [[noreturn]] void refuse(unsigned char instruction) const {
    char text[8];
    std::snprintf(text, sizeof text, "0x%02x", unsigned{instruction});
    fail("the instruction " + std::string(text) + ", which a state dict does not need");
  }

  std::vector<TensorPlace> tensors_of(const Value& value) {
    if (value.kind != Kind::dict) fail("it is not of a dict");
    std::vector<TensorPlace> tensors;
    const Values& items = dicts_[static_cast<std::size_t>(value.number)];
    for (std::size_t i = 0; i < items.size(); i += 2) {
      if (items[i].kind != Kind::text) fail("a name that is not a text");
      if (items[i + 1].kind != Kind::tensor) fail("'" + std::string(items[i].text) + "' is not a tensor");
      tensors.push_back(places_[static_cast<std::size_t>(items[i + 1].number)]);
      tensors.back().name = items[i].text;
    }
    return tensors;
  }

  std::string_view pickle_;
  const std::string& file_;
  std::size_t at_ = 0;
  bool stopped_ = false;
  Values stack_;
  std::vector<std::size_t> marks_;  ///< sizes of the stack
  std::map<std::uint64_t, Value> memo_;
  std::deque<Values> tuples_;
  std::deque<Values> dicts_;  ///< keys and values in turn
  std::deque<TensorPlace> places_;
};

}  // namespace

std::vector<TensorPlace> tensors_in_pickle(std::string_view pickle, const std::string& file) {
  return Machine(pickle, file).run();
}

}  // namespace soundfold::state_dicts
