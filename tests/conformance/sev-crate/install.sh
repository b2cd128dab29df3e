#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install.sh DESTINATION SCRATCH: builds the small program around the sev crate with the locked dependencies.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1/bin"
"${CARGO:-cargo}" build --release --locked --manifest-path "$here/Cargo.toml" --target-dir "$2/target"
cp "$2/target/release/sev-crate" "$1/bin/"
