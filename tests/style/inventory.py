#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""inventory.py ROOT BUILD CTEST: what ctest would run. Each test has one known label; each oracle is a test that exists.

Skips (77) in a build that does not have every test program, unless SWTEE_REQUIRE_ALL=1.
"""
import json
import os
import subprocess
import sys

from document_rules import TESTING, oracle_rows
from source_rules import KNOWN_LABELS
from tree import Finding, Tree


def listed(build, ctest):
    done = subprocess.run([ctest, "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{build}: ctest cannot list its tests: {done.stderr.strip()}")
    tests = {}
    for test in json.loads(done.stdout)["tests"]:
        properties = {entry["name"]: entry["value"] for entry in test.get("properties", ())}
        tests[test["name"]] = properties.get("LABELS", [])
    return tests


def label_findings(tests):
    for name, labels in sorted(tests.items()):
        if len(labels) != 1 or labels[0] not in KNOWN_LABELS:
            yield Finding("tests/CMakeLists.txt", 1, "test-label", f"{name} has the labels {labels}; one of {KNOWN_LABELS} is wanted")


def oracle_findings(tree, tests):
    # A parameterised test is "Where/Suite.Name/parameter" or, as discovered, "Where/Suite.Name/0  # GetParam() = ...".
    known = set(tests) | {name.split("/")[1] for name in tests if name.count("/") >= 2}
    for number, _, names in oracle_rows(tree):
        for name in names:
            if name not in known:
                yield Finding(TESTING, number, "oracle-test", f"ctest has no test {name}")


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    root, build, ctest = arguments
    tests = listed(build, ctest)
    missing = sorted(name for name in tests if name.endswith("_NOT_BUILT"))
    if missing:
        print(f"not built: {', '.join(missing)}")
        return 1 if os.environ.get("SWTEE_REQUIRE_ALL") == "1" else 77
    found = [*label_findings(tests), *oracle_findings(Tree.of_directory(root), tests)]
    for finding in found:
        print(finding)
    print(f"{len(tests)} tests, {len(found)} findings")
    return 1 if found or not tests else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
