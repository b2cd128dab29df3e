#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install.sh DESTINATION SCRATCH: builds attest, check and show of each pinned version, and the program that uses the
# library where the tools know too little, as static programs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export GOFLAGS=-mod=readonly GOTOOLCHAIN=local CGO_ENABLED=0 GOWORK=off

mkdir -p "$1/bin"
for folder in "$here"/v*/; do
  version=$(basename "$folder")
  for tool in attest check show; do
    (cd "$folder" && go build -trimpath -ldflags='-s -w' -o "$1/bin/$tool-$version" "github.com/google/go-sev-guest/tools/$tool")
  done
done
(cd "$here/v0.15.0" && go build -trimpath -ldflags='-s -w' -o "$1/bin/signature-v0.15.0" ./signature)
