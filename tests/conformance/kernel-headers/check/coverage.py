#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""coverage.py HEADERS CHECK: what of the headers no comparison names, so that a comparison cannot be forgotten.

Members of the command buffers and of the structures below, and the status codes. What is left out on purpose stands in
CHECK/left-out with the reason; a line there that leaves nothing out is a finding too.
"""
import fnmatch
import pathlib
import re
import sys

BUFFERS = ("include/linux/psp-sev.h", "include/uapi/linux/psp-sev.h")
GUEST = ("arch/x86/include/asm/sev.h", "arch/x86/include/asm/svm.h")
GUEST_STRUCTURES = ("snp_secrets_page", "snp_cpuid_fn", "snp_cpuid_table", "snp_guest_msg_hdr", "snp_tsc_info_resp", "vmcb_seg",
                    "sev_es_save_area")
STRUCT = re.compile(r"^struct (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def members(body):
    for declaration in COMMENT.sub("", body).split(";"):
        for part in declaration.split(","):
            name = re.match(r".*?(\w+)\s*(\[[^\]]*\])*\s*(:\s*\d+)?\s*$", part.strip(), re.DOTALL)
            if name:
                yield name.group(1)


def wanted(headers):
    for path in BUFFERS + GUEST:
        text = (headers / path).read_text(encoding="utf-8")
        for name, body in STRUCT.findall(text):
            if path in BUFFERS and name.startswith(("sev_data_", "sev_user_data_", "snp_", "sev_snp_")) or name in GUEST_STRUCTURES:
                yield from (f"{name}.{member}" for member in members(body))
    yield from re.findall(r"^\s(SEV_RET_\w+)\s*=", (headers / BUFFERS[1]).read_text(encoding="utf-8"), re.MULTILINE)


def compared(check):
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(check.glob("*.cpp")))
    names = {f"{struct}.{member}" for struct, member in re.findall(r"SAME_(?:FIELD|BITS|COMPONENT)\((\w+), (\w+),", text)}
    names |= {f"sev_es_save_area.{member}" for member in re.findall(r"SAME_PLACE\((\w+),", text)}
    names |= {f"{struct}.{member}" for struct, member in re.findall(r"offsetof\((\w+), (\w+)\)", text)}
    return names | set(re.findall(r"SEV_RET_\w+", text))


def main(headers, check):
    left_out = {}
    for line in (check / "left-out").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern, reason = line.split(None, 1)
            left_out[pattern] = reason
    names, done, used, missing = list(wanted(headers)), compared(check), set(), []
    for name in names:
        patterns = [pattern for pattern in left_out if fnmatch.fnmatchcase(name, pattern)]
        used.update(patterns if name not in done else [])
        if name not in done and not patterns:
            missing.append(name)
    for name in missing:
        print(f"NOT COMPARED: {name}")
    for pattern in sorted(set(left_out) - used):
        print(f"LEFT OUT FOR NOTHING: {pattern}")
    print(f"{len(names)} names in the headers: {len([n for n in names if n in done])} compared, {len(missing)} forgotten")
    return bool(missing or set(left_out) - used or not names)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
