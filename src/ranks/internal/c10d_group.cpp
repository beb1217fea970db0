// SPDX-License-Identifier: Apache-2.0
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO  // the header is empty without
#endif
#include "ranks/internal/c10d_group.h"

#include "ranks/internal/first_line.h"
#include "support/interrupt.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace soundfold::ranks {
namespace {

/// Gloo's own limit, which is never reached: Watch decides when a rank is missing.
constexpr std::chrono::hours kNoLimit{24 * 7};
/// How often a rank that waits looks whether another is missing, or a stop was requested.
constexpr std::chrono::milliseconds kLook{500};

#if TORCH_VERSION_MAJOR >= 2
using Backend = c10d::Backend;
#else
using Backend = c10d::ProcessGroup;
#endif

c10::intrusive_ptr<Backend> gloo(const Place& place, const Meeting& meeting) {
  using Gloo = c10d::ProcessGroupGloo;
  auto options = Gloo::Options::create(kNoLimit);
  options->threads = 1;  // operations one after the other
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(interface != nullptr             ? Gloo::createDeviceForInterface(interface)
                             : !meeting.own_address().empty() ? Gloo::createDeviceForHostname(meeting.own_address())
                                                              : Gloo::createDefaultDevice());
  const auto keys = c10::make_intrusive<c10d::PrefixStore>("gloo", meeting.store());
  return c10::make_intrusive<Gloo>(keys, place.rank, place.size, options);
}

torch::Tensor bytes_of(const std::string& text, std::int64_t size) {
  auto bytes = torch::zeros({size}, torch::kUInt8);
  std::copy(text.begin(), text.end(), bytes.data_ptr<std::uint8_t>());
  return bytes;
}

std::string text_of(const torch::Tensor& bytes, std::int64_t size) {
  const auto* first = bytes.data_ptr<std::uint8_t>();
  return {first, first + size};
}

torch::Tensor flat(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> parts;
  for (const auto& tensor : tensors) parts.push_back(tensor.detach().reshape({-1}));
  return torch::cat(parts);
}

void copy_back(const torch::Tensor& from, const std::vector<torch::Tensor>& tensors) {
  const torch::NoGradGuard no_gradients;
  std::int64_t place = 0;
  for (auto tensor : tensors) {
    tensor.copy_(from.narrow(0, place, tensor.numel()).view_as(tensor));
    place += tensor.numel();
  }
}

}  // namespace

struct C10dGroup::Backends {
  c10::intrusive_ptr<Backend> cpu, cuda;

  Backend& of(const torch::Tensor& tensor) { return tensor.is_cuda() && cuda ? *cuda : *cpu; }
  /// Where tensors of that kind are sent from: Gloo takes the CPU's.
  torch::Tensor sendable(const torch::Tensor& tensor) const {
    return (tensor.is_cuda() && cuda ? tensor : tensor.to(torch::kCPU)).contiguous();
  }
};

C10dGroup::C10dGroup(const Place& place, const Patience& patience)
    : place_(place), meeting_(std::make_unique<Meeting>(place, patience)), backends_(std::make_unique<Backends>()) {
  watch_ = std::make_unique<Watch>(*meeting_, place, patience);
  try {
    backends_->cpu = gloo(place, *meeting_);
#ifdef USE_C10D_NCCL
    if (torch::cuda::is_available()) {
      const auto keys = c10::make_intrusive<c10d::PrefixStore>("nccl", meeting_->store());
      backends_->cuda = c10::make_intrusive<c10d::ProcessGroupNCCL>(keys, place.rank, place.size);
    }
#endif
  } catch (const std::exception& error) {
    const auto loss = watch_->find_cause("the ranks cannot connect: " + first_line(error.what()));
    watch_->leave("");
    give_up(loss);
  }
}

C10dGroup::~C10dGroup() {
  if (!broken_) return;
  // Their threads may wait for the missing rank for ever, and the process ends now.
  (void)backends_->cpu.release();
  (void)backends_->cuda.release();
  if (!watch_->is_stuck()) return;
  (void)watch_.release();
  (void)meeting_.release();
}

void C10dGroup::give_up(const Loss& loss) {
  broken_ = true;
  const bool is_silent = loss.reason.rfind("is missing", 0) == 0;
  if (!is_silent) throw_if_interrupted("stopped");  // all were asked to stop, and the other was sooner
  const auto of = " of " + std::to_string(place_.size);
  if (loss.rank >= 0) throw RankLost("rank " + std::to_string(loss.rank) + of + " " + loss.reason);
  throw RankLost("rank " + std::to_string(place_.rank) + of + " lost the connection: " + loss.reason);
}

void C10dGroup::check() {
  if (const auto loss = watch_->loss()) give_up(*loss);
}

/// Runs one collective operation; `start` gives its work.
template <typename Start>
void C10dGroup::run(Start start) {
  check();
  c10::intrusive_ptr<c10d::Work> work;
  while (true) {
    try {
      if (!work) work = start();
      work->wait(kLook);
      return;
    } catch (const std::exception& error) {
      if (!work || work->isCompleted()) give_up(watch_->find_cause(first_line(error.what())));
    }
    check();
    if (interrupt_signal() != 0) broken_ = true;
    throw_if_interrupted("stopped");
  }
}

void C10dGroup::sum(const std::vector<torch::Tensor>& tensors) {
  if (tensors.empty()) return;
  std::vector<torch::Tensor> all = {backends_->sendable(flat(tensors))};
  run([&] { return backends_->of(all[0]).allreduce(all); });
  copy_back(all[0].to(tensors[0].device()), tensors);
}

void C10dGroup::broadcast(const std::vector<torch::Tensor>& tensors) {
  for (const auto& tensor : tensors) {
    std::vector<torch::Tensor> sent = {backends_->sendable(flat({tensor}))};
    run([&] { return backends_->of(sent[0]).broadcast(sent); });
    if (place_.rank != 0) copy_back(sent[0].to(tensor.device()), {tensor});
  }
}

std::vector<torch::Tensor> C10dGroup::gather_equal(const torch::Tensor& own) {
  std::vector<torch::Tensor> sent = {backends_->sendable(own)};
  std::vector<std::vector<torch::Tensor>> received(1);
  for (int rank = 0; rank < place_.size; ++rank) received[0].push_back(torch::empty_like(sent[0]));
  run([&] { return backends_->of(sent[0]).allgather(received, sent); });
  return received[0];
}

torch::Tensor C10dGroup::gather_rows(const torch::Tensor& own, std::int64_t total) {
  const auto most = part_of(total, 0, place_.size).count();
  auto padded = own.detach();
  if (const auto missing = most - own.size(0); missing > 0) {
    padded = torch::cat({padded, torch::zeros({missing, own.size(1)}, own.options())});
  }
  std::vector<torch::Tensor> rows;
  const auto all = gather_equal(padded);
  for (int rank = 0; rank < place_.size; ++rank) {
    rows.push_back(all[static_cast<std::size_t>(rank)].narrow(0, 0, part_of(total, rank, place_.size).count()));
  }
  return torch::cat(rows).to(own.device());
}

std::vector<std::string> C10dGroup::gather(const std::string& text) {
  const auto sizes = gather_equal(torch::tensor({static_cast<std::int64_t>(text.size())}, torch::kInt64));
  std::int64_t most = 1;
  for (const auto& size : sizes) most = std::max(most, size.item<std::int64_t>());
  const auto all = gather_equal(bytes_of(text, most));
  std::vector<std::string> texts;
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    texts.push_back(text_of(all[rank], sizes[rank].item<std::int64_t>()));
  }
  return texts;
}

std::string C10dGroup::broadcast(const std::string& text) {
  const auto size = torch::tensor({static_cast<std::int64_t>(text.size())}, torch::kInt64);
  broadcast({size});
  const auto count = size.item<std::int64_t>();
  const auto bytes = place_.rank == 0 ? bytes_of(text, count) : torch::empty({count}, torch::kUInt8);
  if (count > 0) broadcast({bytes});
  return text_of(bytes, count);
}

void C10dGroup::wait_for_all() {
  sum({torch::zeros({1})});
}

/// Runs `use` of the meeting, where its errors mean that rank 0 is missing.
template <typename Use>
auto C10dGroup::through_meeting(Use use) {
  check();
  try {
    return use();
  } catch (const std::exception& error) {
    give_up(watch_->find_cause(first_line(error.what())));
  }
}

std::int64_t C10dGroup::next(const std::string& count) {
  return through_meeting([&] { return meeting_->add("next/" + count, 1) - 1; });
}

void C10dGroup::post(const std::string& key, const std::string& text) {
  through_meeting([&] { meeting_->set("post/" + key, text); });
}

std::optional<std::string> C10dGroup::take(const std::string& key) {
  return through_meeting([&] {
    auto text = meeting_->get("post/" + key);
    if (text) meeting_->remove("post/" + key);
    return text;
  });
}

void C10dGroup::leave() {
  wait_for_all();
  watch_->leave("");
}

void C10dGroup::leave_early(const std::string& reason) {
  broken_ = true;
  watch_->leave(reason);
}

}  // namespace soundfold::ranks
