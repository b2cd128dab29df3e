#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install.sh DESTINATION SCRATCH: unpacks the released wheel. Its one dependency (cryptography) serves the ID block tool
# only, which is not used here, so that no compiled wheel for the machine's Python has to be found.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

python3 -m venv "$2/venv"
"$2/venv/bin/python" -m pip install --disable-pip-version-check --no-deps --no-compile --require-hashes \
  --target "$1/python" -r "$here/requirements.txt"
mkdir -p "$1/bin"
cat >"$1/bin/sev-snp-measure" <<'SCRIPT'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here/../python" exec python3 -m sevsnpmeasure.cli "$@"
SCRIPT
chmod +x "$1/bin/sev-snp-measure"
"$1/bin/sev-snp-measure" --version
