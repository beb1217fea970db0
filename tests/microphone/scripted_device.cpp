// SPDX-License-Identifier: Apache-2.0
// A device for ALSA to load, which records a ramp, sample n being n of 16 bits, as fast as it is read:
//   pcm.NAME { type scripted rate 16000 channels 1 overrun_at 0 unplugged_at 0 silent 0 }
// overrun_at: after so many frames it has an overrun, which loses 1,000 frames; unplugged_at: after so many it is gone;
// silent: no sound ever comes. 0: never.
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace {

constexpr int kLostFrames = 1'000;

struct ScriptedDevice {
  snd_pcm_ioplug_t io{};
  std::map<std::string, long> settings = {
      {"rate", 16'000}, {"channels", 1}, {"overrun_at", 0}, {"unplugged_at", 0}, {"silent", 0}};
  long sent = 0;                   ///< frames that were read, and those that were lost
  snd_pcm_uframes_t position = 0;  ///< in the ring
  bool overran = false;
};

ScriptedDevice& device_of(snd_pcm_ioplug_t* io) {
  return *static_cast<ScriptedDevice*>(io->private_data);
}

int nothing_to_do(snd_pcm_ioplug_t* /*io*/) {
  return 0;
}

int rewind_ring(snd_pcm_ioplug_t* io) {
  device_of(io).position = 0;
  return 0;
}

/// How far the device has recorded: by another period when all before it was read.
snd_pcm_sframes_t recorded_to(snd_pcm_ioplug_t* io) {
  auto& device = device_of(io);
  const long overrun_at = device.settings["overrun_at"];
  if (overrun_at != 0 && !device.overran && device.sent >= overrun_at) {
    device.overran = true;
    device.sent += kLostFrames;
    return -EPIPE;
  }
  const bool all_read = io->hw_ptr == io->appl_ptr;
  if (all_read && device.settings["silent"] == 0) {
    device.position = (device.position + io->period_size) % io->buffer_size;
  }
  return static_cast<snd_pcm_sframes_t>(device.position);
}

snd_pcm_sframes_t give(snd_pcm_ioplug_t* io, const snd_pcm_channel_area_t* areas, snd_pcm_uframes_t offset,
                       snd_pcm_uframes_t size) {
  auto& device = device_of(io);
  const long unplugged_at = device.settings["unplugged_at"];
  if (unplugged_at != 0 && device.sent >= unplugged_at) return -ENODEV;
  for (unsigned channel = 0; channel < io->channels; ++channel) {
    const auto& area = areas[channel];
    for (snd_pcm_uframes_t i = 0; i < size; ++i) {
      auto* sample = static_cast<char*>(area.addr) + (area.first + area.step * (offset + i)) / 8;
      *reinterpret_cast<std::int16_t*>(sample) = static_cast<std::int16_t>(device.sent + static_cast<long>(i));
    }
  }
  device.sent += static_cast<long>(size);
  return static_cast<snd_pcm_sframes_t>(size);
}

int close_device(snd_pcm_ioplug_t* io) {
  close(io->poll_fd);
  delete &device_of(io);
  return 0;
}

void limit(snd_pcm_ioplug_t* io, int what, long least, long most) {
  snd_pcm_ioplug_set_param_minmax(io, what, static_cast<unsigned>(least), static_cast<unsigned>(most));
}

void set_limits(ScriptedDevice& device) {
  const unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
  const unsigned format[] = {SND_PCM_FORMAT_S16};
  snd_pcm_ioplug_set_param_list(&device.io, SND_PCM_IOPLUG_HW_ACCESS, 2, access);
  snd_pcm_ioplug_set_param_list(&device.io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
  limit(&device.io, SND_PCM_IOPLUG_HW_RATE, device.settings["rate"], device.settings["rate"]);
  limit(&device.io, SND_PCM_IOPLUG_HW_CHANNELS, device.settings["channels"], device.settings["channels"]);
  limit(&device.io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 1 << 16);
  limit(&device.io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 128, 1 << 20);
  limit(&device.io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1'000);
}

void read_settings(ScriptedDevice& device, snd_config_t* configuration) {
  snd_config_iterator_t entry, next;
  snd_config_for_each(entry, next, configuration) {
    const snd_config_t* node = snd_config_iterator_entry(entry);
    const char* id = nullptr;
    long value = 0;
    if (snd_config_get_id(node, &id) < 0 || snd_config_get_integer(node, &value) < 0) continue;
    device.settings[id] = value;
  }
}

}  // namespace

extern "C" {

SND_PCM_PLUGIN_DEFINE_FUNC(scripted) {
  static_cast<void>(root);
  static snd_pcm_ioplug_callback_t callbacks{};
  callbacks.start = nothing_to_do;
  callbacks.stop = nothing_to_do;
  callbacks.prepare = rewind_ring;
  callbacks.pointer = recorded_to;
  callbacks.transfer = give;
  callbacks.close = close_device;
  auto device = std::make_unique<ScriptedDevice>();
  read_settings(*device, conf);
  device->io.version = SND_PCM_IOPLUG_VERSION;
  device->io.name = "a scripted device";
  device->io.poll_fd = eventfd(device->settings["silent"] == 0 ? 1 : 0, EFD_CLOEXEC);
  device->io.poll_events = POLLIN;
  device->io.callback = &callbacks;
  device->io.private_data = device.get();
  const int status = snd_pcm_ioplug_create(&device->io, name, stream, mode);
  if (status < 0) {
    close(device->io.poll_fd);
    return status;
  }
  set_limits(*device);
  *pcmp = device.release()->io.pcm;
  return 0;
}

SND_PCM_PLUGIN_SYMBOL(scripted)
}
