#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The program as a person meets it: exit codes, messages, files, signals."""
import http.client
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

SWTEE = os.environ["SWTEE_BIN"]
YES, NO, USAGE, ENVIRONMENT = 0, 1, 2, 3


def unprivileged(command):
    """The command as nobody with an empty bounding set, when we are root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--no-new-privs", *command]


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="swtee-cli-")
        os.chmod(self.folder, 0o777)
        self.program = shutil.copy(SWTEE, os.path.join(self.folder, "swtee"))
        os.chmod(self.program, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def swtee(self, *arguments, stdin=b"", timeout=60, env=None):
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder, **(env or {})}
        return subprocess.run(unprivileged([self.program, *arguments]), cwd=self.folder, input=stdin, timeout=timeout,
                              capture_output=True, env=environment)

    def expect(self, code, *arguments, says="", **options):
        done = self.swtee(*arguments, **options)
        text = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode, code, f"swtee {' '.join(arguments)}: {text}")
        self.assertIn(says, text)
        return done

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(self.path(name), 0o644)
        return name

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()


class Overview(Case):
    def test_lists_commands_without_arguments(self):
        done = self.expect(USAGE, says="Usage: swtee COMMAND")
        self.assertEqual(done.stdout, b"")

    def test_help_and_version_succeed(self):
        self.expect(YES, "--help", says="verify")
        self.expect(YES, "--version", says="swtee 0.")

    def test_names_an_unknown_command(self):
        self.expect(USAGE, "frobnicate", says="there is no command 'frobnicate'")

    def test_each_command_explains_itself(self):
        for command in "run serve report verify show measure pki replay doctor completion".split():
            with self.subTest(command):
                done = self.expect(YES, command, "--help", says=f"swtee {command}")
                self.assertEqual(done.stderr, b"")

    def test_names_an_unknown_option(self):
        self.expect(USAGE, "report", "--reprot", says="reprot")


class Report(Case):
    def test_writes_report_and_certificates(self):
        self.expect(YES, "report", "--out", "r.bin", "--certs", "certs", says="TEST ONLY")
        self.assertEqual(len(self.read("r.bin")), 1184)
        self.assertEqual(sorted(os.listdir(self.path("certs"))),
                         ["ark.pem", "ask.pem", "asvk.pem", "cert_chain.pem", "crl.der", "vcek.pem"])

    def test_puts_what_is_asked_where_the_specification_has_it(self):
        self.expect(YES, "report", "--report-data", "aabb", "--host-data", "ccdd", "--policy", "0xb0000", "--vmpl", "2")
        report = self.read("report.bin")
        self.assertEqual(report[0x50:0x53], b"\xaa\xbb\x00")
        self.assertEqual(report[0xC0:0xC3], b"\xcc\xdd\x00")
        self.assertEqual(report[0x08:0x10], (0xB0000).to_bytes(8, "little"))
        self.assertEqual(report[0x30:0x34], b"\x02\0\0\0")

    def test_versions_and_platforms(self):
        for platform, version, family in (("milan", 2, 0), ("milan", 3, 0x19), ("genoa", 5, 0x19), ("turin", 5, 0x1A)):
            with self.subTest(platform=platform, version=version):
                self.expect(YES, "report", "--platform", f"snp:{platform}", "--report-version", str(version))
                self.assertEqual(self.read("report.bin")[0], version)
                self.assertEqual(self.read("report.bin")[0x188], family)

    def test_separate_tcbs_stand_in_their_fields(self):
        self.expect(YES, "report", "--tcb", "bl:9,tee:0,snp:20,ucode:90", "--tcb", "launch=bl:8", "--tcb", "committed=bl:7",
                    "--tcb", "reported=bl:6")
        report = self.read("report.bin")
        fields = {name: report[at] for name, at in (("current", 0x38), ("reported", 0x180), ("committed", 0x1E0), ("launch", 0x1F0))}
        self.assertEqual(fields, {"current": 9, "reported": 6, "committed": 7, "launch": 8})
        self.expect(YES, "verify", "--root", "swtee-test", "report.bin")
        self.expect(NO, "verify", "--root", "swtee-test", "--no-provisional", "report.bin")

    def test_refuses_clocks_whose_certificates_could_not_be_dated(self):
        self.expect(ENVIRONMENT, "report", "--clock", "9999-12-31", "--certs", "certs", says="the clock must not be after")
        self.expect(YES, "report", "--clock", "9989-12-31", "--certs", "certs")
        self.expect(ENVIRONMENT, "verify", "--root", "swtee-test", "--at", "9999-12-31", "report.bin", says="the clock must not be after")

    def test_refuses_what_no_guest_has(self):
        self.write("fw.fd", bytes(4096))
        self.expect(ENVIRONMENT, "report", "--ovmf", "fw.fd", "--vcpus", "0", says="at least one vCPU")
        self.expect(USAGE, "report", "--vlek", "a\x01b", says="vlek")

    def test_refuses_tcbs_against_the_rollback_rule(self):
        self.expect(USAGE, "report", "--tcb", "reported=bl:200", says="tcb.reported has a component above")

    def test_same_seed_gives_the_same_bytes(self):
        self.expect(YES, "report", "--entropy", "seed", "--out", "a.bin")
        self.expect(YES, "report", "--entropy", "seed", "--out", "b.bin")
        self.expect(YES, "report", "--entropy", "other", "--out", "c.bin")
        self.assertEqual(self.read("a.bin"), self.read("b.bin"))
        self.assertNotEqual(self.read("a.bin"), self.read("c.bin"))

    def test_vlek_signs_when_loaded(self):
        self.expect(YES, "report", "--vlek", "CN=cc.example.com", "--certs", "certs")
        self.assertEqual(self.read("report.bin")[0x48], 1 << 2)
        self.assertIn("vlek.pem", os.listdir(self.path("certs")))

    def test_host_requested_report_has_no_guest_data(self):
        self.expect(YES, "report", "--host-requested")
        self.assertEqual(self.read("report.bin")[0x30:0x34], b"\xff" * 4)

    def test_vcek_disabled_guest_gets_no_report(self):
        self.expect(ENVIRONMENT, "report", "--vcek-disabled", says="INVALID_KEY")

    def test_refuses_a_policy_that_the_platform_cannot_keep(self):
        self.expect(ENVIRONMENT, "report", "--policy", "0x0", says="SNP_LAUNCH_START was refused with POLICY_FAILURE")

    def test_identity_block_from_keys(self):
        for name in ("id", "author"):
            subprocess.run(["openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", self.path(name + ".pem")], check=True)
            os.chmod(self.path(name + ".pem"), 0o644)
        self.expect(YES, "report", "--id-key", "id.pem", "--author-key", "author.pem", "--guest-svn", "7", "--family-id", "aa", "--image-id", "bb")
        report = self.read("report.bin")
        self.assertEqual(report[4], 7)
        self.assertEqual(report[0x10], 0xAA)
        self.assertEqual(report[0x20], 0xBB)
        self.assertEqual(report[0x48] & 1, 1)
        self.assertNotEqual(report[0xE0:0x110], bytes(48))
        self.assertNotEqual(report[0x110:0x140], bytes(48))

    def test_reads_a_configuration_and_names_its_faults(self):
        self.write("ok.json", json.dumps({"platform": "snp:turin", "chip": 3, "guest": {"host_data": "ab" * 32}}))
        self.expect(YES, "report", "--config", "ok.json")
        self.assertEqual(self.read("report.bin")[0xC0:0xE0], b"\xab" * 32)
        for text, says in (("{", "not JSON"), ('{"platform":"snp:rome"}', "snp:milan"), ('{"platform":"snp:milan","tcb":{"current":{"snp":256}}}', "tcb.current.snp"),
                           ('{"platform":"snp:milan","colour":1}', 'no member "colour"'), ('{"platform":"snp:milan","guest":{"vmpl":4}}', "guest.vmpl"),
                           ("[" * 100000, "too deeply")):
            with self.subTest(text[:40]):
                self.write("bad.json", text)
                self.expect(USAGE, "report", "--config", "bad.json", says=says)

    def test_says_which_file_cannot_be_written(self):
        self.expect(ENVIRONMENT, "report", "--out", "/nowhere/r.bin", says="/nowhere/r.bin")


class Verify(Case):
    def setUp(self):
        super().setUp()
        self.expect(YES, "report", "--certs", "certs")

    def test_accepts_only_a_named_root(self):
        self.expect(YES, "verify", "--root", "swtee-test", "report.bin", says="ACCEPTED")
        done = self.expect(NO, "verify", "report.bin", says="--root swtee-test")
        self.assertIn(b"not trusted", done.stdout + done.stderr)
        self.expect(YES, "verify", "--root", "certs/ark.pem", "--certs", "certs", "report.bin")

    def test_judges_what_was_given_beside_the_test_universe(self):
        self.expect(YES, "report", "--out", "r.bin", "--certs", "milan")
        self.expect(YES, "report", "--platform", "snp:genoa", "--certs", "genoa")
        self.expect(YES, "verify", "--root", "swtee-test", "--ark", "milan/ark.pem", "--crl", "milan/crl.der", "r.bin")
        for option, file in (("--ark", "ark.pem"), ("--ask", "ask.pem"), ("--crl", "crl.der")):
            with self.subTest(option):
                done = self.expect(NO, "verify", "--root", "swtee-test", option, f"genoa/{file}", "r.bin", says="what was not given is")
                self.assertIn(b"FAILED", done.stdout)

    def test_environment_names_no_root(self):
        done = self.swtee("verify", "report.bin", env={"SWTEE_ROOT": "swtee-test", "SSL_CERT_FILE": self.path("certs/ark.pem")})
        self.assertEqual(done.returncode, NO)

    def test_refuses_any_flipped_bit_of_the_signed_part(self):
        report = self.read("report.bin")
        for at in range(0, 0x2A0, 7):
            forged = bytearray(report)
            forged[at] ^= 1 << (at % 8)
            self.write("forged.bin", bytes(forged))
            done = self.swtee("verify", "--root", "swtee-test", "--certs", "certs", "forged.bin")
            self.assertEqual(done.returncode, NO, f"byte {at:#x}")

    def test_refuses_files_that_are_no_report(self):
        self.write("empty.bin", b"")
        self.expect(NO, "verify", "--root", "swtee-test", "empty.bin", says="1184")
        self.expect(ENVIRONMENT, "verify", "--root", "swtee-test", "missing.bin", says="missing.bin")


class Show(Case):
    def test_shows_what_it_knows(self):
        self.expect(YES, "report", "--certs", "certs", "--report-data", "abcd")
        self.expect(YES, "show", "report.bin", says="abcd")
        self.expect(YES, "show", "certs/vcek.pem", says="swtee TEST ONLY")
        self.expect(YES, "show", "certs/crl.der")
        shown = json.loads(self.expect(YES, "show", "--json", "report.bin").stdout)
        self.assertTrue(shown)
        self.write("noise.bin", bytes(range(200)))
        self.expect(NO, "show", "noise.bin", says="noise.bin")


class Measure(Case):
    def test_refuses_what_does_not_fit_together(self):
        self.expect(USAGE, "measure", says="mode")
        self.expect(ENVIRONMENT, "measure", "--mode", "snp", "--vcpus", "1", "--vcpu-type", "EPYC-v4", "--ovmf", "missing.fd", says="missing.fd")


class Pki(Case):
    def test_every_certificate_shouts(self):
        self.expect(YES, "pki", "export", "--out", "pki")
        for name in ("ark", "ask", "asvk", "vcek"):
            text = subprocess.run(["openssl", "x509", "-in", self.path(f"pki/{name}.pem"), "-noout", "-subject", "-issuer"],
                                  capture_output=True, check=True).stdout.decode()
            self.assertEqual(text.count("swtee TEST ONLY"), 2, name)

    def test_own_roots_are_another_vendor(self):
        self.expect(YES, "pki", "init", "--out", "roots", timeout=280)
        for name in os.listdir(self.path("roots")):
            self.assertEqual(stat.S_IMODE(os.stat(self.path("roots/" + name)).st_mode), 0o600)
        self.expect(YES, "report", "--roots", "roots", "--certs", "certs")
        self.expect(NO, "verify", "--root", "swtee-test", "--certs", "certs", "report.bin", says="root-trusted")
        self.expect(YES, "verify", "--root", "certs/ark.pem", "--certs", "certs", "report.bin")
        self.expect(ENVIRONMENT, "pki", "init", "--out", "roots", says="roots")

    def test_names_what_is_missing(self):
        self.expect(USAGE, "pki", "export", says="--out")
        self.expect(USAGE, "pki", "import", "--out", "x", says="export and init")


class Serve(Case):
    def start(self, *arguments):
        process = subprocess.Popen(unprivileged([self.program, "serve", "--json", "--listen", "127.0.0.1:0", *arguments]), cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        text = b""
        while not text.rstrip().endswith(b"}"):
            line = process.stdout.readline()
            self.assertTrue(line, "serve ended before it was ready")
            text += line
        return process, json.loads(text)

    def get(self, port, target):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def test_serves_what_verify_needs_and_stops_cleanly(self):
        process, ports = self.start()
        self.expect(YES, "report")
        self.expect(YES, "verify", "--root", "swtee-test", "--kds", f"http://127.0.0.1:{ports['http']}", "report.bin", says="ACCEPTED")
        chip = self.read("report.bin")[0x1A0:0x1E0].hex()
        path = f"/vcek/v1/Milan/{chip}?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=115"
        first = self.get(ports["http"], path)
        self.assertEqual(first[0], 200)
        self.assertEqual(self.get(ports["http"], path.replace("=4", "=04").replace("=0&", "=00&")), first)
        self.assertEqual(self.get(ports["http"], path.replace(chip, "00" * 64))[0], 404)
        self.assertEqual(self.get(ports["http"], "/vcek/v1/Siena/cert_chain")[0], 404)
        status, chain = self.get(ports["http"], "/vcek/v1/Milan/cert_chain")
        self.assertEqual((status, chain.count(b"BEGIN CERTIFICATE")), (200, 2))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(10), 0)
        self.assertIn(b"404", process.stderr.read())

    def test_limits_the_rate_when_asked(self):
        _, ports = self.start("--rate-limit", "60")
        self.expect(YES, "report")
        chip = self.read("report.bin")[0x1A0:0x1E0].hex()
        path = f"/vcek/v1/Milan/{chip}?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=115"
        self.assertEqual([self.get(ports["http"], path)[0] for _ in range(2)], [200, 429])

    def test_a_second_server_on_the_port_says_so(self):
        _, ports = self.start()
        self.expect(ENVIRONMENT, "serve", "--listen", f"127.0.0.1:{ports['http']}", says="serve")

    def test_unix_socket_is_private(self):
        process = subprocess.Popen(unprivileged([self.program, "serve", "--quiet", "--unix", "kds.sock"]), cwd=self.folder, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        process.stdout.readline()
        self.assertEqual(stat.S_IMODE(os.stat(self.path("kds.sock")).st_mode), 0o600)
        process.terminate()
        self.assertEqual(process.wait(10), 0)
        self.assertFalse(os.path.exists(self.path("kds.sock")))

    def test_names_wrong_options(self):
        self.expect(USAGE, "serve", "--listen", "127.0.0.1:99999", says="--listen")
        self.expect(USAGE, "serve", "--threads", "0", says="--threads")


class Run(Case):
    def test_gives_the_program_its_report(self):
        script = "cd /sys/kernel/config/tsm/report && mkdir r && printf '%064d' 0 > r/inblob && cat r/outblob && rmdir r"
        done = self.expect(YES, "run", "--", "sh", "-c", script)
        self.assertEqual(len(done.stdout), 1184)
        self.assertEqual(done.stdout[0x50:0x90], b"0" * 64)
        self.write("r.bin", done.stdout)
        self.expect(YES, "verify", "--root", "swtee-test", "r.bin", says="ACCEPTED")

    def test_passes_on_exit_codes_and_signals(self):
        self.expect(7, "run", "--", "sh", "-c", "exit 7")
        self.expect(128 + signal.SIGTERM, "run", "--", "sh", "-c", "kill -TERM $$")
        self.expect(127, "run", "--", "no-such-program", says="no-such-program")
        self.expect(126, "run", "--", "/etc/passwd", says="/etc/passwd")

    def test_an_older_guest_kernel_has_less(self):
        self.expect(1, "run", "--guest-kernel", "6.1", "--", "test", "-e", "/sys/kernel/config/tsm")
        self.expect(0, "run", "--guest-kernel", "6.1", "--", "test", "-c", "/dev/sev-guest")

    def test_vmpl_floor_shows(self):
        script = "mkdir /sys/kernel/config/tsm/report/r; cat /sys/kernel/config/tsm/report/r/privlevel_floor"
        self.assertEqual(self.expect(YES, "run", "--vmpl-floor", "2", "--", "sh", "-c", script).stdout, b"2\n")

    def test_certificates_can_be_missing(self):
        script = "cd /sys/kernel/config/tsm/report; mkdir r; printf '%064d' 0 > r/inblob; cat r/auxblob | wc -c"
        self.assertEqual(self.expect(YES, "run", "--certificates", "none", "--", "sh", "-c", script).stdout, b"0\n")
        self.assertGreater(int(self.expect(YES, "run", "--", "sh", "-c", script).stdout), 4000)

    def test_leaves_no_files(self):
        os.mkdir(self.path("private"))
        os.chmod(self.path("private"), 0o777)
        seen = self.expect(YES, "run", "--", "ls", "private", env={"XDG_RUNTIME_DIR": self.path("private")})
        self.assertEqual(seen.stdout, b"")
        self.assertEqual(os.listdir(self.path("private")), [])

    def test_serves_privately_where_loopback_is_down(self):
        alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
        if subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
            if os.environ.get("SWTEE_REQUIRE_ALL") == "1":
                self.fail("network namespaces cannot be made here, and SWTEE_REQUIRE_ALL=1 forbids to skip")
            self.skipTest("network namespaces cannot be made here")
        os.mkdir(self.path("private"))
        os.chmod(self.path("private"), 0o777)
        script = "import os, socket; s = socket.create_connection(('kdsintf.amd.com', 80)); s.sendall(b'GET /x HTTP/1.0\\r\\n\\r\\n'); "
        script += "print(s.recv(12)); print(oct(os.stat('private/' + os.listdir('private')[0]).st_mode))"
        done = subprocess.run([*alone, *unprivileged([self.program, "run", "--", "python3", "-c", script])], cwd=self.folder,
                              capture_output=True, env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": self.path("private")})
        self.assertEqual(done.stdout, b"b'HTTP/1.0 404'\n0o40700\n", done.stderr)
        self.assertEqual(os.listdir(self.path("private")), [])

    def test_python_fetches_as_from_the_vendor(self):
        # http.client sets TCP_NODELAY after connecting and gives up when it cannot.
        script = ("import urllib.request as u; ours = 'kdsintf.amd.com/vcek/v1/Milan/cert_chain'; "
                  "print(u.urlopen('https://' + ours).status, u.urlopen('http://' + ours).status)")
        self.assertEqual(self.expect(YES, "run", "--", "python3", "-c", script).stdout, b"200 200\n")
        proxied = {"HTTPS_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "NO_PROXY": "example.org"}
        done = self.expect(YES, "run", "--", "python3", "-c", script + "; import os; print(os.environ['NO_PROXY'])", env=proxied)
        self.assertEqual(done.stdout, b"200 200\nexample.org,kdsintf.amd.com,kdsintfdev.amd.com\n")

    def test_names_wrong_options(self):
        self.expect(USAGE, "run", says="COMMAND")
        self.expect(USAGE, "run", "--platform", "snp:rome", "--", "true", says="snp:milan")
        self.expect(USAGE, "run", "--network", "sometimes", "--", "true", says="--network")
        self.expect(ENVIRONMENT, "run", "--guest-kernel", "2.4", "--", "true", says="6.16")


class Replay(Case):
    def recorded(self, *arguments):
        self.expect(YES, "report", "--trace", "t.jsonl", *arguments)
        return self.read("t.jsonl").decode().splitlines(keepends=True)

    def test_a_recorded_report_replays(self):
        lines = self.recorded("--platform", "snp:turin", "--vlek", "cloud")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("t.jsonl")).st_mode), 0o600)
        done = self.expect(YES, "replay", "t.jsonl", "--json")
        self.assertEqual(json.loads(done.stdout), {"identical": True, "events": len(lines) - 1, "recorded_by": "0.1.0"})
        self.expect(YES, "replay", "-", stdin="".join(lines).encode(), says="Identical")

    def test_a_recorded_program_replays(self):
        self.expect(YES, "run", "--trace", "t.jsonl", "--", "sh", "-c",
                    "cd /sys/kernel/config/tsm/report && mkdir r && head -c64 /dev/zero >r/inblob && cat r/outblob >/dev/null")
        self.expect(YES, "replay", "t.jsonl", says="Identical")

    def test_the_first_difference_is_shown(self):
        lines = self.recorded()
        at = next(i for i, line in enumerate(lines) if '"op":"read"' in line)
        event = json.loads(lines[at])
        event["sha256"] = 64 * "0"
        lines[at] = json.dumps(event) + "\n"
        self.write("t.jsonl", "".join(lines))
        done = self.expect(NO, "replay", "t.jsonl", "--json")
        found = json.loads(done.stdout)["difference"]
        self.assertEqual((found["seq"], found["line"], found["op"], found["field"], found["expected"]),
                         (at, at + 1, "read", "sha256", 64 * "0"))
        self.expect(NO, "replay", "t.jsonl", says=f"Different: event {at} (line {at + 1}), read, sha256")

    def test_a_malformed_trace_is_named_with_its_line(self):
        lines = self.recorded()
        self.write("t.jsonl", "".join(lines[:5]) + lines[5][:-9])
        self.expect(USAGE, "replay", "t.jsonl", says="t.jsonl: line 6: the line has no end")
        self.write("t.jsonl", "".join(lines[:5]) + "[]\n")
        self.expect(USAGE, "replay", "t.jsonl", says="line 6: the document is not an object")
        self.expect(ENVIRONMENT, "replay", "missing", says="cannot read missing")
        self.expect(ENVIRONMENT, "report", "--trace", "/no/such/t", says="--trace: cannot write /no/such/t")


class State(Case):
    def test_a_committed_tcb_cannot_be_rolled_back(self):
        self.expect(YES, "run", "--state", "nv", "--tcb", "bl:9", "--", "true")
        self.expect(ENVIRONMENT, "run", "--state", "nv", "--tcb", "bl:8", "--", "true", says="older than the committed")
        self.expect(YES, "run", "--state", "nv", "--tcb", "bl:10", "--", "true")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("nv")).st_mode), 0o600)

    def test_a_damaged_state_is_named_and_kept(self):
        self.expect(YES, "run", "--state", "nv", "--", "true")
        record = bytearray(self.read("nv"))
        for damaged in (b"", bytes(record[:-1]), bytes([record[0] ^ 1]) + bytes(record[1:]), bytes(record[:0x14]) + b"\xff" + bytes(record[0x15:])):
            os.remove(self.path("nv")) if os.path.exists(self.path("nv")) else None
            self.write("nv", damaged)
            os.chmod(self.path("nv"), 0o666)
            self.expect(ENVIRONMENT, "run", "--state", "nv", "--", "true", says="permanent state")
            self.assertEqual(self.read("nv"), damaged)

    def test_a_state_that_cannot_be_stored_durably_is_not_begun(self):
        os.mkdir(self.path("unreadable"))
        os.chmod(self.path("unreadable"), 0o333)  # files can be made, but the folder cannot be synchronised
        self.expect(ENVIRONMENT, "run", "--state", "unreadable/state", "--", "true", says="unreadable/")
        self.assertEqual(os.listdir(self.path("unreadable")), ["state.lock"])

    def test_one_owner_at_a_time(self):
        holder = subprocess.Popen(unprivileged([self.program, "run", "--state", "nv", "--", "sh", "-c", "echo ready; sleep 30"]),
                                  cwd=self.folder, stdout=subprocess.PIPE)
        self.addCleanup(holder.stdout.close)
        self.assertEqual(holder.stdout.readline(), b"ready\n")
        self.expect(ENVIRONMENT, "run", "--state", "nv", "--", "true", says="in use")
        holder.terminate()
        holder.wait(10)

    def test_a_killed_owner_leaves_a_state_that_loads(self):
        for _ in range(5):
            holder = subprocess.Popen(unprivileged([self.program, "run", "--state", "nv", "--", "sleep", "30"]), cwd=self.folder)
            time.sleep(0.15)
            holder.kill()
            holder.wait(10)
            deadline = time.monotonic() + 10
            while self.swtee("run", "--state", "nv", "--", "true").returncode != YES:
                self.assertLess(time.monotonic(), deadline)


class Completion(Case):
    def test_bash_completes_commands_and_options(self):
        script = self.expect(YES, "completion", "bash").stdout.decode()
        self.write("completion.bash", script)
        probe = "source completion.bash; COMP_WORDS=(swtee {words}); COMP_CWORD={at}; _swtee; echo ${{COMPREPLY[*]}}"
        run = lambda words, at: subprocess.run(["bash", "-c", probe.format(words=words, at=at)], cwd=self.folder, capture_output=True, check=True).stdout.decode()
        self.assertEqual(run("ver", 1).strip(), "verify")
        self.assertIn("--vmpl-floor", run("run --vm", 2))

    def test_names_an_unknown_shell(self):
        self.expect(USAGE, "completion", "tcsh", says="bash, zsh and fish")


class Hostile(Case):
    def test_a_closed_standard_output_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SWTEE, "--help"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, ENVIRONMENT)

    def test_files_that_are_no_files(self):
        os.mkfifo(self.path("fifo"))
        os.chmod(self.path("fifo"), 0o666)
        self.expect(ENVIRONMENT, "run", "--state", ".", "--", "true")
        self.expect(ENVIRONMENT, "report", "--roots", "fifo", says="fifo")
        self.expect(ENVIRONMENT, "report", "--certificates", "/dev/zero")
        self.expect(ENVIRONMENT, "report", "--id-block", "/dev/zero", "--id-auth", "/dev/zero", says="/dev/zero")


if __name__ == "__main__":
    unittest.main(verbosity=2)
