# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Sourced by the scripts that work in a Debian root of their own, with $root set to its folder.

# Makes the root, when it is not there: make_root SUITE ADDRESS
make_root() {
  ((EUID == 0)) || { echo "This makes a chroot and needs root: sudo $0" >&2; return 2; }
  command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; return 2; }
  if [[ ! -e $root/prepared ]]; then
    mkdir -p "$root"
    debootstrap --variant=minbase "$1" "$root" "$2"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    touch "$root/prepared"
  fi
}

# Runs a command inside, in /checkout or in $inside_folder; mounts end with it. SOUNDFOLD_MIRROR is /mirror there.
inside() {
  SOUNDFOLD_MIRROR=${SOUNDFOLD_MIRROR:-} CCACHE_DIR=${CCACHE_DIR:-} unshare --mount --fork bash -euo pipefail -c '
    root=$1 folder=$2; shift 2
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    within=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
    if [[ -n $SOUNDFOLD_MIRROR ]]; then
      mkdir -p "$root/mirror"
      mount --bind -o ro "$SOUNDFOLD_MIRROR" "$root/mirror"
      within+=(SOUNDFOLD_MIRROR=/mirror)
    fi
    if [[ -n $CCACHE_DIR ]]; then
      mkdir -p "$root/ccache"
      mount --bind "$CCACHE_DIR" "$root/ccache"
      within+=(CCACHE_DIR=/ccache)
    fi
    exec chroot "$root" "${within[@]}" bash -euo pipefail -c "cd $folder 2>/dev/null || cd /; $*"
  ' inside "$root" "${inside_folder:-/checkout}" "$@"
}

# The committed state of the project, in /checkout.
check_out() {
  if [[ -d $root/checkout ]]; then
    git -C "$root/checkout" fetch --quiet "$1" HEAD
    git -C "$root/checkout" reset --quiet --hard FETCH_HEAD
  else
    git clone --quiet "$1" "$root/checkout"
  fi
}
