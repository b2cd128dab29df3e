#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install.sh DESTINATION SCRATCH: builds the released crate with the lock file that it ships.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/pin"

# Less optimisation halves the build; nothing else about the program changes.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=0

"${CARGO:-cargo}" install --locked --version "=$version" snphost --root "$1" --target-dir "$2/target" --no-track

shopt -s nullglob
for crate in "${CARGO_HOME:-$HOME/.cargo}"/registry/cache/*/"snphost-$version.crate"; do
  echo "$sha256  $crate" | sha256sum --check --quiet
  checked=yes
done
[[ ${checked:-} == yes ]]
