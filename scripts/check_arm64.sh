#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds libsoundfold of the committed state for 64-bit ARM with Debian's cross compiler, in a Debian 12 root of its own, and
# runs the tests of its rooms under qemu. Speed says nothing there.
# Usage, as root: scripts/check_arm64.sh [--root FOLDER] [--debian URL] [--jobs N]
# FOLDER (default build/arm64) gets the root, some 3 GB with the build, and is used again when it is there.
# SOUNDFOLD_MIRROR is seen inside.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=$project/build/arm64
debian=http://deb.debian.org/debian
jobs=$("$project/scripts/jobs.sh")
while (($#)); do
  case $1 in
    --root) root=${2:?--root needs a folder}; shift 2 ;;
    --debian) debian=${2:?--debian needs an address}; shift 2 ;;
    --jobs) jobs=${2:?--jobs needs a number}; shift 2 ;;
    *) sed -n '3,7s/^# //p' "$0" >&2; exit 2 ;;
  esac
done
mkdir -p "$root"
root=$(cd "$root" && pwd)
source "$project/scripts/debian_root.sh"

here=(crossbuild-essential-arm64 cmake ninja-build pkg-config git ccache flatbuffers-compiler qemu-user-static
  ca-certificates nlohmann-json3-dev catch2)
there=(libsndfile1 libmpg123 libsoxr libkissfft libspdlog libfmt libcsv libutf8proc libxxhash libflatbuffers libdnnl
  libminizip zlib1g libssl)
without=
[[ -n ${SOUNDFOLD_MIRROR:-} ]] || without='~[assets]'  # tests on recordings
rooms=(frontend network head_spec runtime library)

make_root bookworm "$debian"
inside "dpkg --add-architecture arm64; apt-get update -q
  apt-get install --yes -q --no-install-recommends ${here[*]} ${there[*]/%/-dev:arm64}"
check_out "$project"
cat >"$root/arm64.cmake" <<'CMAKE'
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR /usr/bin/qemu-aarch64-static)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
CMAKE
inside "git config --global --add safe.directory /checkout
  cmake -G Ninja -S . -B build -DCMAKE_TOOLCHAIN_FILE=/arm64.cmake -DCMAKE_BUILD_TYPE=Release -DSOUNDFOLD_ROOMS=library -DSOUNDFOLD_BENCH=OFF
  cmake --build build --parallel $jobs --target soundfold ${rooms[*]/#/tests_}
  export OMP_NUM_THREADS=1 SOUNDFOLD_SOURCE=/checkout SOUNDFOLD_BIN=/checkout/build/bin
  for room in ${rooms[*]}; do
    echo \"== \$room\"
    qemu-aarch64-static build/bin/tests_\$room \"[\$room]~*leave memory*$without\"  # whose memory would be qemu's
  done"
