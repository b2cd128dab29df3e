#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""headers.py ROOT SCRATCH C++-COMPILER C-COMPILER: each header compiles as the first thing of a source file, and twice in a row.

A header that its own source file includes first is proved by every build (rule own-header-first); the rest is compiled here,
through ccache where there is one. Those of firmware/include/swtee/rules and sim/capi/include are compiled as freestanding C11 too.
"""
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tree import Finding, Tree


def proved_by_the_build(tree, header):
    source = header[:-2] + ".cpp"
    if source not in tree.files or not header.startswith(("firmware/", "guest/", "sim/")):
        return False
    first = next((line for _, line in tree.lines(source) if line.startswith("#include")), "")
    return header in first


def breach(root, scratch, compiler, header, language):
    """The header in two lines of a source file of its own, which keeps its name so that ccache knows it again."""
    source = os.path.join(scratch, header.replace("/", "_") + (".cpp" if language == "c++" else ".c"))
    with open(source, "w", encoding="utf-8") as file:
        file.write(f'#include "{header}"\n' * 2)
    options = ["-std=c++20"] if language == "c++" else ["-std=c11", "-ffreestanding"]
    launcher = [path for path in (shutil.which("ccache"),) if path]
    command = [*launcher, compiler, *options, "-w", "-I", root, "-I", os.path.join(root, "firmware/include"),
               "-I", os.path.join(root, "sim/capi/include"), "-c", source, "-o", source + ".o"]
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode == 0:
        return None
    why = next((line for line in done.stderr.splitlines() if "error:" in line), done.stderr.strip().splitlines()[-1])
    return Finding(header, 1, "self-contained", f"does not compile alone as {language}: {why}")


def jobs(tree, cxx, c):
    for header in tree.matching(r"\.h$"):
        if not proved_by_the_build(tree, header):
            yield cxx, header, "c++"
        if header.startswith(("firmware/include/swtee/rules/", "sim/capi/include/")):
            yield c, header, "c"


def main(arguments):
    if len(arguments) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    root, scratch, cxx, c = arguments
    os.makedirs(scratch, exist_ok=True)
    tree = Tree.of_directory(root)
    work = list(jobs(tree, cxx, c))
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        found = [breach for breach in pool.map(lambda job: breach(root, scratch, *job), work) if breach]
    for finding in found:
        print(finding)
    print(f"{len(tree.matching('[.]h$'))} headers, {len(work)} compiled alone, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
