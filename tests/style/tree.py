# SPDX-License-Identifier: Apache-2.0
"""The files that git knows, as lines of text, and what a rule reports."""
import os
import re
import subprocess
from dataclasses import dataclass

SOURCE_ENDINGS = (".h", ".cpp", ".c", ".cc", ".py", ".sh", ".go", ".rs", ".cmake", ".in")
SOURCE_NAMES = ("CMakeLists.txt", "bootstrap", ".ci/run")


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


class Tree:
    """Path to text. Files that are not UTF-8 are kept out: they have no lines to judge."""

    def __init__(self, files):
        self.files = files

    @classmethod
    def of_directory(cls, root):
        try:
            # "safe.directory": the tests may run as another user than the owner of the clone.
            listed = subprocess.run(["git", "-c", f"safe.directory={os.path.abspath(root)}", "-C", root, "ls-files", "-z"],
                                    check=True, capture_output=True).stdout.decode().split("\0")
        except (OSError, subprocess.CalledProcessError):
            listed = []
            for folder, folders, names in os.walk(root):
                folders[:] = [f for f in folders if f not in (".git", "build", ".cache", "__pycache__")]
                listed += [os.path.relpath(os.path.join(folder, name), root) for name in names]
        files = {}
        for path in sorted(filter(None, listed)):
            try:
                with open(os.path.join(root, path), encoding="utf-8") as file:
                    files[path] = file.read()
            except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
                continue
        if not files:
            raise SystemExit(f"{root}: no files to check")
        return cls(files)

    def lines(self, path):
        return enumerate(self.files[path].splitlines(), 1)

    def matching(self, pattern):
        wanted = re.compile(pattern)
        return [path for path in self.files if wanted.search(path)]

    def sources(self):
        return [path for path in self.files if path.endswith(SOURCE_ENDINGS) or path in SOURCE_NAMES
                or os.path.basename(path) in SOURCE_NAMES]

    def cpp(self):
        return self.matching(r"\.(h|cpp|c|cc)$")
