#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages of build/release/deb (make deb) in a fresh Debian root, trains there, and has a C program that
# gcc and pkg-config compile there name a sound; runs the steps of the Dockerfile, each stage in a root of its own.
# Usage, as root: scripts/check_packages.sh [--suite bookworm] [--root FOLDER] [--debian URL] [--debs FOLDER]
#   [--only install|consumer|image|train|build]
# train and image (the last one) run these stages of the Dockerfile with these packages; build makes them by its first stage,
# which takes as long as a whole build does, and runs only when it is named. FOLDER (default build/packages_<suite>) gets the roots.
# With SOUNDFOLD_MIRROR the training is that of make dogcat on real recordings, else on synthesised ones.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
suite=bookworm
folder=
debian=http://deb.debian.org/debian
debs=$project/build/release/deb
only=
while (($#)); do
  case $1 in
    --suite) suite=${2:?--suite needs a name}; shift 2 ;;
    --root) folder=${2:?--root needs a folder}; shift 2 ;;
    --debian) debian=${2:?--debian needs an address}; shift 2 ;;
    --debs) debs=${2:?--debs needs a folder}; shift 2 ;;
    --only) only=${2:?--only needs install, consumer, image, train or build}; shift 2 ;;
    *) sed -n '3,10s/^# //p' "$0" >&2; exit 2 ;;
  esac
done
folder=${folder:-$project/build/packages_$suite}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
source "$project/scripts/debian_root.sh"

step() { [[ -z $only || $only == "$1" ]]; }

# A fresh root for a name, as a copy of one that is made once.
fresh_root() {
  root=$folder/clean
  make_root "$suite" "$debian"
  rm -rf "${folder:?}/$1"
  cp -a "$root" "$folder/$1"
  root=$folder/$1
}

# All packages, as a user installs them. Recommended packages are not needed.
install() {
  fresh_root consumer
  mkdir "$root/debs"
  cp "$debs"/*.deb "$root/debs"
  inside 'apt-get update -q; apt-get install -q --yes --no-install-recommends /debs/*.deb'
  check_out "$project"
  inside 'classifier --version; trainer --version; ldconfig -p | grep libsoundfold'
}

# The installed programs train a model; a C program of those who install names a cat with it.
consumer() {
  inside 'apt-get install -q --yes --no-install-recommends gcc libc6-dev pkg-config
    SOUNDFOLD_BIN=/usr/bin scripts/dogcat.sh
    gcc -Wall examples/label_sound_c/main.c -o /tmp/label_sound_c $(pkg-config --cflags --libs soundfold)
    model=$(ls -d experiments/dogcat*/latest | head -1) sound=data/audio/miaow_16k.wav
    [ -f $sound ] || sound=data/audio/synthetic_cat.wav
    /tmp/label_sound_c $model/model.safetensors $sound | tee /tmp/said
    tail -1 /tmp/said | grep -w cat
    mv $model/model.safetensors /tmp/elsewhere.safetensors  # model.pt alone: by the helper with LibTorch
    classifier --model $model/model.pt $sound | grep -w cat
    apt-get remove -q --yes soundfold-train libsoundfold-torch0.1 >/dev/null  # without LibTorch
    classifier --model /tmp/elsewhere.safetensors $sound | grep -w cat'
}

# The Dockerfile's instructions, a line each.
instructions() {
  sed -e '/^#/d' -e '/^$/d' -e ':more' -e '/\\$/{N; s/\\\n *//; bmore' -e '}' "$project/Dockerfile"
}

# The commands of its RUN lines, without running them.
lint() {
  command -v shellcheck >/dev/null || { echo "shellcheck is missing: the Dockerfile's commands were not checked" >&2; return; }
  { echo '#!/bin/sh -e'; instructions | sed -n 's/^RUN //p'; } | shellcheck -
}

# Runs one instruction of the Dockerfile, `$1 $2`, in the root of its stage.
instruction() {
  case $1 in
    FROM)
      stage=${2##* AS }
      [[ $2 == *' AS '* ]] || stage=image
      if [[ $stage == "$wanted_stage" ]]; then fresh_root "$stage"; fi
      inside_folder=/ ;;
    *) [[ $stage == "$wanted_stage" ]] || return 0 ;;&
    RUN) echo "== RUN $2"; inside "$2" ;;
    WORKDIR) inside_folder=$2; mkdir -p "$root$2" ;;
    COPY)
      if [[ $2 == '. .' ]]; then
        git -C "$project" archive HEAD | tar -x -C "$root$inside_folder"
      else
        read -r _ files place <<<"$2"  # --from=build FILES PLACE
        cp "$debs"/${files##*/} "$root$place"
      fi ;;
    ENTRYPOINT) entrypoint=$(tr -d '[]",' <<<"$2") ;;
  esac
}

# The stage of this name in the Dockerfile; the last one is named image here.
docker_stage() {
  local wanted_stage=$1 stage='' line
  while read -r line <&4; do  # the steps themselves may read standard input
    instruction "${line%% *}" "${line#* }"
  done 4< <(instructions)
}

# The image's size, and its server in it.
image() {
  lint
  docker_stage image
  du -sh --exclude=proc --exclude=dev --exclude=var/cache/apt "$root"  # which the images of Debian empty themselves
  local model
  model=$(find "$folder/consumer/tmp" "$project/experiments" -name '*.safetensors' 2>/dev/null | head -1)
  [[ -n $model ]] || { echo "image: no model.safetensors; run the step consumer before" >&2; return 1; }
  mkdir -p "$root/model"
  cp "$model" "$root/model/model.safetensors"
  inside "setpriv --reuid=nobody --clear-groups $entrypoint --port 8099 --model /model/model.safetensors & server=\$!
    for try in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5; exec 3<>/dev/tcp/127.0.0.1/8099 && break; done
    printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3; head -1 <&3 | grep 200
    kill \$server; wait \$server"
}

# The image of all programs embeds a shard of synthesised sounds, as the Kubernetes job of examples/cluster does.
train() {
  docker_stage train
  du -sh --exclude=proc --exclude=dev --exclude=var/cache/apt "$root"
  mkdir -p "$root/sounds"
  cp "$project/models/soundfold-small/soundfold-small.safetensors" "$root/sounds"
  inside 'chown nobody /sounds; cd /sounds; export HOME=/sounds
    run() { setpriv --reuid=nobody --clear-groups "$@"; }
    run synthesizer --out set --kinds dog,cat --clips-per-fold 1 --seconds 1
    run importer --from soundfold-small.safetensors --out yamnet.pt
    find set/audio -name "*.wav" | sort | run tee files.txt >/dev/null
    for index in 0 1; do
      JOB_COMPLETION_INDEX=$index JOB_COMPLETIONS=2 run embedder --shard env --store shards --list files.txt \
        --weights yamnet.pt --scratch /tmp --threads 1
    done
    run store verify shards'
}

build() {
  docker_stage build
  ls -l "$root/soundfold/build/release/deb"/*.deb
}

root=$folder/consumer
if step install; then install; fi
if step consumer; then consumer; fi
# The Dockerfile is Debian 12's.
if [[ $suite == bookworm || $only == image ]] && step image; then image; fi
if [[ $suite == bookworm || $only == train ]] && step train; then train; fi
if [[ $only == build ]]; then build; fi
