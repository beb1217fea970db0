// SPDX-License-Identifier: Apache-2.0
// libsndfile 1.2.0 forgets what libvorbis allocated when an Ogg file ends inside its first headers: sf_open fails and
// leaves nothing to close. The leak sanitizer asks this hook what to pass over.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:vorbis_info_init\n";
}
