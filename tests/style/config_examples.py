#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""config_examples.py ROOT SWTEE: the examples of docs/platform-config.md, with the program.

Each ```json block must be accepted by `swtee report --config`, which launches the guest that it describes. Each row of the
table "Errors" has a document and the message that it must be refused with. Files that examples name are made here.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from document_rules import TICKED, table_rows
from tree import Tree

DOCUMENT = "docs/platform-config.md"
BLOCK = re.compile(r"^```json\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OVMF = ("/usr/share/ovmf/OVMF.fd", "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/edk2/x64/OVMF_CODE.fd")


def make_files(folder):
    """What examples may name: page.bin, vmlinuz, initrd, id-key.pem, author-key.pem, OVMF.fd (where the machine has one)."""
    for name in ("page.bin", "vmlinuz", "initrd"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(name.encode() * 1000)
    for name in ("id-key.pem", "author-key.pem"):
        subprocess.run(["openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", os.path.join(folder, name)], check=True)
    for path in OVMF:
        if os.path.exists(path):
            shutil.copy(path, os.path.join(folder, "OVMF.fd"))
            return True
    return False


def report(swtee, folder, text):
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([swtee, "report", "--config", "config.json", "--out", "report.bin"], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stderr.strip()


def accepted(tree, swtee, folder, with_image):
    """Number of examples, those that failed, and those that could not be tried."""
    examples = BLOCK.findall(tree.files[DOCUMENT])
    failed, skipped = [], []
    for text in examples:
        if "OVMF.fd" in text and not with_image:
            skipped.append(text)
            continue
        status, message = report(swtee, folder, text)
        if status != 0 or os.path.getsize(os.path.join(folder, "report.bin")) != 1184:
            failed.append(f"{DOCUMENT}: exit code {status}: {message}\n{text}")
    return len(examples), failed, skipped


def refused(tree, swtee, folder):
    rows = failed = 0
    lines = []
    for number, row in table_rows(tree, DOCUMENT, "Errors"):
        if row[0] == "document":
            continue
        rows += 1
        document, wanted = TICKED.findall(row[0])[0], TICKED.findall(row[1])[0]
        status, message = report(swtee, folder, document)
        if status not in (2, 3) or wanted not in message:
            lines.append(f"{DOCUMENT}:{number}: exit code {status}, \"{message}\" instead of \"{wanted}\"")
    return rows, lines


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    root, swtee = arguments
    tree = Tree.of_directory(root)
    with tempfile.TemporaryDirectory(prefix="swtee-config-") as folder:
        with_image = make_files(folder)
        examples, failed, skipped = accepted(tree, os.path.abspath(swtee), folder, with_image)
        rows, wrong = refused(tree, os.path.abspath(swtee), folder)
    for text in failed + wrong:
        print(text)
    print(f"{examples} examples, {rows} errors, {len(failed + wrong)} findings, {len(skipped)} not tried for want of an OVMF image")
    if failed or wrong or examples == 0 or rows == 0:
        return 1
    if skipped:
        return 1 if os.environ.get("SWTEE_REQUIRE_ALL") == "1" else 77
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
