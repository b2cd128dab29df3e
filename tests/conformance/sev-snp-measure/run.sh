#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh oracles | swtee: launch digests. `oracles` sets two independent programs against each other and against the
# published digests, so that the comparison itself is known to work; `swtee` sets `swtee measure` against sev-snp-measure.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

OVMF=
for OVMF in /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_CODE.fd ""; do
  [[ ! -f $OVMF ]] || break
done

case ${1:-} in
  oracles) needs vectors client:sev-snp-measure client:sev-crate command:python3 ;;
  swtee) needs swtee vectors client:sev-snp-measure command:python3 ;;
  *) echo "usage: run.sh oracles | swtee" >&2; exit 2 ;;
esac
[[ -n $OVMF ]] || skip "no OVMF image of the distribution (package ovmf)"
unprivileged "$@"

head -c 70001 /dev/zero | tr '\0' 'k' >kernel.bin
head -c 50003 /dev/zero | tr '\0' 'i' >initrd.bin
: >empty.bin

# The AmdSev image has a section for kernel hashes, the X64 one has SEV sections but not that, the distribution's (a whole
# image) may have none at all. The files of ../vectors are the last 4 KiB of an image, measured like a whole one.
SUFFIXES=amdsev=$VECTORS/ovmf-amdsev-suffix.bin,x64=$VECTORS/ovmf-x64-suffix.bin
export OVMF_IMAGES=$SUFFIXES,distribution=$OVMF

matrix() {
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$SWTEE_STAGE/clients/sev-snp-measure/python \
    python3 "$SWTEE_STAGE/tests/sev-snp-measure/matrix.py" "$@"
}

# known PROGRAM…: the digests that sev-snp-measure's own tests publish for the AmdSev image.
known() {
  local image=ovmf-amdsev-suffix.bin vcpus vmm append features digest boot
  while read -r image vcpus vmm features append digest; do
    boot=()
    case $append in
      none) ;;
      empty) boot=(--kernel empty.bin --initrd empty.bin --append "") ;;
      console) boot=(--kernel empty.bin --initrd empty.bin --append "console=ttyS0 loglevel=7") ;;
    esac
    says "published digest: $image, $vcpus vCPU, $vmm, features $features, command line $append" "$digest" -- \
      "$@" --mode snp --vcpus "$vcpus" --vcpu-type EPYC-v4 --vmm-type "$vmm" --guest-features "$features" \
      --ovmf "$VECTORS/ovmf-$image-suffix.bin" "${boot[@]}"
  done <<'TABLE'
amdsev 1 QEMU 0x21 console 803f691094946e42068aaa3a8f9e26a5c89f36f7b73ecfb28c653360fe4b3aba7e534442e7e1e17895dfe778d0228977
amdsev 1 QEMU 0x1 console 6d287813eb5222d770f75005c664e34c204f385ce832cc2ce7d0d6f354454362f390ef83a92046c042e706363b4b08fa
amdsev 1 QEMU 0x21 empty 329c8ce0972ae52343b64d34a434a86f245dfd74f5ed7aae15d22efc78fb9683632b9b50e4e1d7fa41179ef98a7ef198
amdsev 1 QEMU 0x1 empty ddc5224521617a536ee7ce9dd6224d1b58a8d4fda1c741f3ac99fc4bfa04ba6e9fc98646d4a07a9079397fa3852819b5
amdsev 1 QEMU 0x21 none e1e1ca029dd7973ab9513295be68198472dcd4fc834bd9af9b63f6e8a1674dbf281a9278a4a2ebe0eed9f22adbcd0e2b
amdsev 4 QEMU 0x21 empty 4953b1fb416fa874980e8442b3706d345926d5f38879134e00813c5d7abcbe78eafe7b422907be0b4698e2414a631942
amdsev 1 ec2 0x21 empty 0ce9ccc06bab55eebe8abc234f3df6514883977a68a591b71052498ab52b2f1aa415db338033946ef93aa8278c0d67fb
amdsev 1 ec2 0x1 empty 0883bd0eeb716e65b7b977a321c278d1e51b33b5c655fab985443bbcc65c086b9c15e8a0bd8811050dec7e24964e5056
amdsev 1 gce 0x1 empty 5da7106cf14cf46b1725ebab123eb9e53bd46a1e9f400cd0c08e7827b04b688ea8b4e403c8404efed4397ea5d5d0722e
amdsev 4 gce 0x1 empty 5c5debf100fc339f90276e761ee1f1658d08922c3b20e2a2e6c7a6c3370b2452a15a00eae11886a93d6fd1e7ab81e29d
x64 1 QEMU 0x21 none 28797ae0afaba4005a81e629acebfb59e6687949d6be44007cd5506823b0dd66f146aaae26ff291eed7b493d8a64c385
TABLE
}

if [[ $1 == oracles ]]; then
  known sev-snp-measure
  # The crate has no gce, another VMSA for ec2, another hash of an absent initrd, and refuses images without SEV sections.
  OVMF_IMAGES=$SUFFIXES ONLY_VMM=QEMU ONLY_BOOT="none full" says "the sev crate agrees" "different 0" -- matrix sev-crate measure
  refuses "a difference is noticed" "DIFFERENT" -- matrix echo no-digest
else
  known swtee measure
  says "swtee agrees" "different 0" -- matrix swtee measure
fi
tail -n 3 last-output.txt
finish
