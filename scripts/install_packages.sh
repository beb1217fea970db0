#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages of third_party/packages.txt that are missing. Says nothing when none is.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
list=${1:-$root/third_party/packages.txt}

mapfile -t wanted < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$list")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "This is not a Debian system: the packages cannot be checked here. Soundfold needs these libraries and tools,"
  echo "by their Debian 12 names: ${wanted[*]}"
  echo "Going on; CMake will name what it does not find."
  exit 0
fi

missing=()
installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
for package in "${wanted[@]}"; do
  grep -qx "installed $package" <<<"$installed" || missing+=("$package")
done

if ((${#missing[@]})); then
  echo "Missing packages: ${missing[*]}"
  as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
      echo "They can only be installed as root. Run this as root, then run make again:" >&2
      echo "  apt-get update && apt-get install --yes --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"
fi

# With the reference BLAS everything is 30 times slower; OpenBLAS must not only be installed but chosen.
if command -v update-alternatives >/dev/null; then
  name=$(update-alternatives --get-selections | awk '$1 ~ /^libblas\.so\.3/ && !found++ {print $1}')
  chosen=$([[ -n $name ]] && update-alternatives --query "$name" | awk '$1 == "Value:" {print $2}' || true)
  if [[ -n $chosen && $chosen != *openblas* ]]; then
    echo "warning: the BLAS in use is $chosen, not OpenBLAS: everything will be many times slower." >&2
    echo "         To choose OpenBLAS: update-alternatives --config $name (as root)" >&2
  fi
fi
