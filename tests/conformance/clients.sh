#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs the pinned attestation clients into the cache; nothing of the system is touched.
#
#   clients.sh packages         Debian packages that the installation needs on this machine
#   clients.sh install [NAME…]  install these clients, or all; a client that is there already costs nothing
#   clients.sh path NAME        print the folder of an installed client; exit 1 when it is not installed
#   clients.sh why NAME         print why a client is not installed
#
# A client is a folder here with an install.sh, which gets an empty folder as $1 and fills $1/bin. The cache key is the
# content of the client's folder without run.sh, *.py, check/ and README.md (so pins and recipe count), the machine and the
# release.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/swtee/clients
CLIENTS=(sev-snp-measure go-sev-guest sev-crate snpguest snphost sevctl kernel-headers)

# The newest "rust-version" among the pinned crates, and the "go" line of the pinned modules.
RUST_NEEDED=1.86
GO_NEEDED=1.19

at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

version_of() { "$@" 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1; }

# Prints the suffix ("" or "-1.89") of a cargo and rustc pair that is new enough.
rust_suffix() {
  local suffix candidates=("")
  for suffix in /usr/bin/cargo-1.*; do
    [[ -x $suffix ]] && candidates+=("-${suffix##*/cargo-}")
  done
  for suffix in "${candidates[@]}"; do
    if command -v "cargo$suffix" >/dev/null && command -v "rustc$suffix" >/dev/null &&
      at_least "$(version_of "rustc$suffix" --version || echo 0)" "$RUST_NEEDED"; then
      echo "$suffix"
      return
    fi
  done
  return 1
}

go_is_new_enough() {
  command -v go >/dev/null && at_least "$(version_of env GOTOOLCHAIN=local go version || echo 0)" "$GO_NEEDED"
}

candidate_version() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p' | grep -v '(none)'; }

# Prints the packages of the first Rust in the archive that is new enough: the release's own, a versioned one
# (Ubuntu), or the one that Debian stable carries for its web browsers.
rust_packages() {
  local name version
  for name in "" $(apt-cache pkgnames rustc-1. 2>/dev/null | grep -oE -- '-1\.[0-9]+$' | sort -Vr) "-web"; do
    version=$(candidate_version "rustc$name" | grep -oE '^[0-9]+\.[0-9]+' || true)
    if [[ -n $version && -n $(candidate_version "cargo$name") ]] && at_least "$version" "$RUST_NEEDED"; then
      echo "rustc$name cargo$name"
      return
    fi
  done
  echo "clients.sh: no Rust $RUST_NEEDED in this release's archive; snpguest, snphost, sevctl and sev-crate will be skipped" >&2
}

packages() {
  printf '%s\n' perl make gcc libc6-dev python3 python3-venv
  go_is_new_enough || echo golang-go
  rust_suffix >/dev/null || rust_packages | tr ' ' '\n'
}

key_of() {
  {
    uname -m
    sed -n 's/^VERSION_ID=//p' /etc/os-release 2>/dev/null || true
    find "$HERE/$1" -type f ! -name run.sh ! -name README.md ! -name '*.py' ! -path '*/target/*' ! -path '*/check/*' -printf '%P\n' | sort |
      while read -r file; do echo "$file"; sha256sum <"$HERE/$1/$file"; done
  } | sha256sum | cut -c1-16
}

folder_of() { echo "$CACHE/$1-$(key_of "$1")"; }

# Chooses the toolchain of a client; leaves in $reason what is missing, or nothing.
choose_toolchain() {
  reason=
  case $1 in
    snpguest | snphost | sevctl | sev-crate)
      local suffix
      if suffix=$(rust_suffix); then
        export CARGO=cargo$suffix RUSTC=rustc$suffix
      else
        reason="needs rustc and cargo $RUST_NEEDED or newer"
      fi
      ;;
    go-sev-guest) go_is_new_enough || reason="needs go $GO_NEEDED or newer" ;;
    kernel-headers) command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || reason="needs apt-get and dpkg-deb" ;;
    sev-snp-measure) python3 -c 'import ensurepip, venv' 2>/dev/null || reason="needs python3 with venv" ;;
  esac
}

install_one() {
  local name=$1 folder work started=$SECONDS reason
  folder=$(folder_of "$name")
  if [[ -f $folder/installed ]]; then
    printf '    %-16s in the cache\n' "$name"
    return
  fi
  mkdir -p "$CACHE"
  choose_toolchain "$name"
  if [[ -n $reason ]]; then
    echo "$reason" >"$folder.why"
    printf '    %-16s not installed: %s\n' "$name" "$reason"
    return 1
  fi
  printf '    %-16s installing …\n' "$name"
  work=$(mktemp -d "$CACHE/.installing-$name.XXXXXX")
  if ! nice bash "$HERE/$name/install.sh" "$work/out" "$work/tmp" </dev/null >"$folder.log" 2>&1; then
    tail -n 20 "$folder.log" >&2
    echo "its installation failed; the log is $folder.log" | tee "$folder.why" >&2
    rm -rf "$work"
    return 1
  fi
  touch "$work/out/installed"
  chmod -R a+rX "$work/out"
  rm -rf "$folder"
  mv "$work/out" "$folder"
  rm -rf "$work" "$folder.why"
  printf '    %-16s installed in %d s\n' "$name" $((SECONDS - started))
}

install_all() {
  local name failed=0
  mkdir -p "$CACHE"
  exec 9>"$CACHE/lock"
  flock 9
  for name in "$@"; do install_one "$name" || failed=1; done
  return $failed
}

case ${1:-} in
  packages) packages ;;
  install) shift; if (($#)); then install_all "$@"; else install_all "${CLIENTS[@]}"; fi ;;
  path) folder=$(folder_of "$2"); [[ -f $folder/installed ]] && echo "$folder" ;;
  why) cat "$(folder_of "$2").why" 2>/dev/null || echo "it was never installed; ./bootstrap test does that" ;;
  *) sed -n '4,12p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
