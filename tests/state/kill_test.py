#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments: the permanent state loads, and what was acknowledged is there.

SWTEE_KILLS kills (50 unless it says otherwise; nightly 1000), SWTEE_SEED repeats the moments of a run.
"""
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

WRITER = os.environ["KILL_WRITER"]
SWTEE = os.environ["SWTEE_BIN"]
KILLS = int(os.environ.get("SWTEE_KILLS", "50"))
SEED = int(os.environ.get("SWTEE_SEED", str(time.time_ns())))


class Kill(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="swtee-kill-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.file = os.path.join(self.folder, "state")
        self.random = random.Random(SEED)

    def loads(self):
        """What a process that starts now finds. A killed program's children may have its lock for a moment."""
        for _ in range(200):
            done = subprocess.run([WRITER, "--check", self.file], capture_output=True, text=True, timeout=60)
            if done.returncode != 3:
                break
            time.sleep(0.01)
        self.assertEqual(done.returncode, 0, f"SWTEE_SEED={SEED}: {done.stdout}")
        return done.stdout.strip()

    def seconds_to_first_store(self):
        """Of a writer of its own: a build with sanitizers takes long to begin."""
        begin = time.monotonic()
        with subprocess.Popen([WRITER, os.path.join(self.folder, "other")], stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            process.kill()
        return time.monotonic() - begin

    def test_the_writer(self):
        in_the_middle = 0
        longest = 4 * self.seconds_to_first_store()
        for kill in range(KILLS):
            self.assertIn(self.loads(), ("none",) if kill == 0 else (str(number),))
            process = subprocess.Popen([WRITER, self.file], stdout=subprocess.PIPE, text=True)
            time.sleep(self.random.uniform(0, longest))
            process.send_signal(signal.SIGKILL)
            said = process.communicate()[0].split()
            # A line that the kill cut off was not acknowledged in full, but its store was.
            acknowledged = int(said[-1]) if said else 0
            found = self.loads()
            number = found if found == "none" else int(found)
            if acknowledged:
                self.assertIn(number, (acknowledged, acknowledged + 1), f"SWTEE_SEED={SEED}, kill {kill}")
                in_the_middle += 1
        self.assertGreater(in_the_middle, KILLS // 4, "most kills came before the first store")

    def test_a_running_platform(self):
        known = False
        for kill in range(max(5, KILLS // 5)):
            if kill % 4 == 0 and os.path.exists(self.file):
                os.remove(self.file)  # a new platform, which stores its first record
                known = False
            process = subprocess.Popen([SWTEE, "run", "--state", self.file, "--", "sleep", "5"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
            time.sleep(self.random.uniform(0, 0.06))
            ended = process.poll()
            self.assertIsNone(ended, f"swtee run ended by itself: {process.stderr.read() if ended is not None else ''}")
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stderr.close()
            found = self.loads()
            self.assertFalse(known and found == "none", f"SWTEE_SEED={SEED}, kill {kill}: the record is gone")
            known = known or found != "none"


if __name__ == "__main__":
    unittest.main(verbosity=2)
