// SPDX-License-Identifier: Apache-2.0
#include "mqtt/internal/outbox.h"

#include <algorithm>
#include <iterator>

namespace soundfold::mqtt {

void Outbox::add(Message message) {
  const bool is_event = message.kind == MessageKind::event;
  if (!is_event && !connected_) return;
  messages_.push_back(std::move(message));
  if (!is_event || ++event_count_ <= event_limit_) return;
  for (std::size_t i = sent_count_; i < messages_.size(); ++i) {
    if (messages_[i].kind != MessageKind::event) continue;
    erase(i);
    ++dropped_count_;
    return;
  }
}

void Outbox::connect(std::vector<Message> setup) {
  disconnect();
  messages_.insert(messages_.begin(), std::make_move_iterator(setup.begin()), std::make_move_iterator(setup.end()));
  connected_ = true;
}

void Outbox::disconnect() {
  connected_ = false;
  sent_count_ = 0;
  messages_.erase(std::remove_if(messages_.begin(), messages_.end(),
                                 [](const Message& message) { return message.kind != MessageKind::event; }),
                  messages_.end());
  for (auto& message : messages_) message.id = 0;
}

const Message* Outbox::take() {
  if (!connected_ || sent_count_ == messages_.size() || sent_count_ == kWindow) return nullptr;
  return &messages_[sent_count_++];
}

void Outbox::set_id(int id) {
  messages_[sent_count_ - 1].id = id;
}

void Outbox::discard() {
  erase(sent_count_ - 1);
}

void Outbox::acknowledge(int id) {
  for (std::size_t i = 0; i < sent_count_; ++i) {
    if (messages_[i].id == id) return erase(i);
  }
}

void Outbox::erase(std::size_t index) {
  if (messages_[index].kind == MessageKind::event) --event_count_;
  if (index < sent_count_) --sent_count_;
  messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace soundfold::mqtt
