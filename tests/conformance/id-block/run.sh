#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh snpguest: an ID block that snpguest makes and signs is what our SNP_LAUNCH_FINISH takes, and nothing else.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

case ${1:-} in
  snpguest) needs swtee client:snpguest command:openssl ;;
  *) echo "usage: run.sh snpguest" >&2; exit 2 ;;
esac
unprivileged "$@"

for key in id author other; do
  openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$key.pem"
done
family=a-family-of-16-b
image=an-image-of-16-b

says "the measurement that the owner expects" -- swtee report --out plain.bin
or_stop
digest=$(hex plain.bin 0x90 48)

# make BLOCK AUTH DIGEST POLICY: as the guest's owner does it.
make() {
  snpguest generate id-block id.pem author.pem "0x$3" -f "$family" -m "$image" -s 7 -p "$4" -i "$1" -a "$2"
}
launch() { swtee report --out r.bin --id-block "$1" --id-auth "$2" --author-key-enabled "${@:3}"; }

says "snpguest makes an ID block" -- make block.b64 auth.b64 "$digest" 0x30000
or_stop
says "the firmware accepts it" -- launch block.b64 auth.b64
or_stop
same "FAMILY_ID" "$(printf %s "$family" | od -An -v -tx1 | tr -d " \n")" "$(hex r.bin 0x10 16)"
same "IMAGE_ID" "$(printf %s "$image" | od -An -v -tx1 | tr -d " \n")" "$(hex r.bin 0x20 16)"
same "GUEST_SVN" 07000000 "$(hex r.bin 0x4 4)"
key_digest() { snpguest generate key-digest "$1" -d digest.txt >/dev/null && tr -d '\n' <digest.txt | sed 's/^0x//'; }
same "ID_KEY_DIGEST is what snpguest says" "$(key_digest id.pem)" "$(hex r.bin 0xe0 48)"
same "AUTHOR_KEY_DIGEST is what snpguest says" "$(key_digest author.pem)" "$(hex r.bin 0x110 48)"

wrong=$(printf '%096d' 0)
make wrong.b64 wrong-auth.b64 "$wrong" 0x30000 >/dev/null
refuses "another measurement" "BAD_MEASUREMENT" -- launch wrong.b64 wrong-auth.b64
refuses "another policy" "POLICY_FAILURE" -- launch block.b64 auth.b64 --policy 0xb0000
make block2.b64 auth2.b64 "$digest" 0x30000 >/dev/null
base64 -d auth.b64 >auth.bin
for place in "the ID block's signature:0x40" "the ID key:0x250" "the ID key's signature:0x680" "the author key:0x890"; do
  flip auth.bin "${place#*:}" >flipped.bin
  refuses "a flipped bit in ${place%:*}" "BAD_SIGNATURE" -- launch block.b64 flipped.bin
done
base64 -d block.b64 >block.bin
flip block.bin 0x30 >flipped-block.bin
refuses "a flipped bit in the ID block" "BAD_SIGNATURE" -- launch flipped-block.bin auth.bin
finish
