#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""symbols.py NM LIBRARY STORED: the library exports exactly the symbols of the stored list, under their versions, and asks the
system for nothing that does I/O, makes threads, or tells the time. A symbol of a release never leaves the stored list."""
import subprocess
import sys

# The one way out is an assertion's: a message to stderr, then abort.
FORBIDDEN = {"open", "open64", "openat", "openat64", "creat", "fopen", "fopen64", "freopen", "read", "pread", "pread64", "write", "pwrite",
             "socket", "connect", "bind", "listen", "accept", "send", "sendto", "recv", "recvfrom", "poll", "select", "epoll_wait",
             "pthread_create", "thrd_create", "fork", "vfork", "clone", "execve", "posix_spawn", "system", "popen", "signal", "sigaction",
             "getrandom", "getentropy", "rand", "random", "time", "clock_gettime", "gettimeofday", "getenv", "secure_getenv", "setenv",
             "mmap", "mmap64", "unlink", "rename", "stat", "fstat", "dlopen", "printf", "puts", "exit", "_exit", "atexit"}
# Sanitizers bring their own.
INSTRUMENTED = ("__asan_", "__ubsan_", "__sanitizer_", "__tsan_", "__sancov")


def listed(nm, library, which):
    done = subprocess.run([nm, "-D", "--with-symbol-versions", which, library], check=True, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        *_, kind, name = line.split()
        if kind != "A":  # the version itself
            yield name


def main(arguments):
    nm, library, stored = arguments
    with open(stored, encoding="utf-8") as file:
        wanted = set(file.read().split())
    exported = {name for name in listed(nm, library, "--defined-only") if not name.startswith(INSTRUMENTED)}
    problems = [f"exported, and not in {stored}: {name}" for name in sorted(exported - wanted)]
    problems += [f"in {stored}, and not exported: {name}" for name in sorted(wanted - exported)]
    imported = {name.split("@")[0] for name in listed(nm, library, "--undefined-only")}
    problems += [f"the library does no I/O and has no threads, but uses {name}" for name in sorted(imported & FORBIDDEN)]
    print(*problems, sep="\n")
    print(f"{len(exported)} symbols exported, {len(imported)} used, {len(problems)} problems")
    return 1 if problems or not exported or not imported else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
