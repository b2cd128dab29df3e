#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check.py ROOT: prints each breach as "file:line: rule: text". Exit code 1 when there is one."""
import sys

import document_rules
import layers
import source_rules
import text_rules
from tree import Tree

RULES = (
    layers.check, layers.libraries,
    text_rules.spdx, text_rules.path_names, text_rules.unfinished, text_rules.secrets, text_rules.machine_paths,
    text_rules.registries, text_rules.sizes,
    source_rules.test_names, source_rules.labels, source_rules.wire_sizes, source_rules.own_header_first,
    document_rules.citations, document_rules.oracles, document_rules.links, document_rules.snippets, document_rules.deviations,
)


def findings(tree):
    return sorted(finding for rule in RULES for finding in rule(tree))


def main(arguments):
    if arguments == ["--list"]:
        for rule in RULES:
            print(f"{rule.__module__}.{rule.__name__}")
        return 0
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    tree = Tree.of_directory(arguments[0])
    found = findings(tree)
    for finding in found:
        print(finding)
    print(f"{len(tree.files)} files, {len(RULES)} rules, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
