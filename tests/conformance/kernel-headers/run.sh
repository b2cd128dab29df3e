#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh CASE: our structures and numbers beside those of a Linux kernel's own headers, in a program compiled against both.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

case ${1:-} in
  snp-buffers | legacy-buffers | guest-structures | numbers) needs client:kernel-headers command:c++ ;;
  command-ids) needs client:kernel-headers ;;
  coverage) needs client:kernel-headers command:python3 ;;
  *) echo "usage: run.sh snp-buffers|legacy-buffers|guest-structures|numbers|command-ids|coverage" >&2; exit 2 ;;
esac
if [[ -z ${SWTEE_STAGE:-} ]]; then
  root=$(cd "$CONFORMANCE/../.." && pwd)
  STAGED+=("$root/firmware/include" include "$root/docs/abi-status.md" work/abi-status.md)
fi
unprivileged "$@"

headers=$SWTEE_STAGE/clients/kernel-headers
check=$SWTEE_STAGE/tests/kernel-headers/check
echo "headers of $(cat "$headers/version")"

# compiled NAME: what the program prints; it exits 1 when it found a difference.
compiled() {
  c++ -std=c++20 -w -I "$check/stubs" -I "$headers/include" -I "$headers/include/uapi" -I "$headers/arch/x86/include" \
    -I "$SWTEE_STAGE/include" "$check/$1.cpp" -o "./$1" && "./$1"
}

case $1 in
  snp-buffers) says "command buffers of the SNP commands" ", 0 differences" -- compiled snp_buffers ;;
  legacy-buffers) says "command buffers of the legacy commands" ", 0 differences" -- compiled legacy_buffers ;;
  guest-structures) says "what a guest shares with the firmware" ", 0 differences" -- compiled guest_structures ;;
  numbers) says "statuses, policies, features, TCB versions" ", 0 differences" -- compiled numbers ;;
  coverage) says "nothing of the headers was forgotten" ", 0 forgotten" -- python3 "$check/coverage.py" "$headers" "$check" ;;
  command-ids)
    # Ours come from the page that a test holds against the firmware's table.
    ours=$(sed -nE 's/^\| `([0-9a-f]{2})` \| ([A-Z0-9_]+) \|.*/\2 0x0\1/p' abi-status.md)
    while read -r name id; do
      [[ $name != LAUNCH_UPDATE_SECRET ]] || name=LAUNCH_SECRET  # the kernel's name for it
      same "$name" "$name ${id,,}" "$(grep -E "^$name " <<<"$ours" || echo "$name is not among ours")"
    done < <(sed -nE 's/^\tSEV_CMD_([A-Z0-9_]+)[ \t]*= (0x[0-9A-F]+),.*/\1 \2/p' "$headers/include/linux/psp-sev.h")
    ((CHECKS >= 70)) || broken "only $CHECKS commands were found in the kernel's header"
    ;;
esac
printf '        %s\n' "$(tail -n 1 last-output.txt 2>/dev/null || true)"
finish
