// SPDX-License-Identifier: Apache-2.0
#include "tests/sandbox/run_probe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace swtee::sandbox::testing {
namespace {

std::string directory_of_tests() { return std::filesystem::read_symlink("/proc/self/exe").parent_path().string(); }

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
  int ends[2] = {-1, -1};
};

void read_both(int out, int err, Output& output, std::chrono::steady_clock::time_point deadline, pid_t child) {
  std::array<pollfd, 2> watched{{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  while (watched[0].fd >= 0 || watched[1].fd >= 0) {
    const auto left = deadline - std::chrono::steady_clock::now();
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(left).count();
    if (wait <= 0) ::kill(-child, SIGKILL), deadline += std::chrono::hours(1);
    ::poll(watched.data(), 2, static_cast<int>(std::max<long>(wait, 0)));
    for (pollfd& one : watched) {
      if (one.fd < 0 || one.revents == 0) continue;
      std::array<char, 65536> piece;
      const ssize_t got = ::read(one.fd, piece.data(), piece.size());
      if (got > 0) (one.fd == out ? output.out : output.err).append(piece.data(), static_cast<std::size_t>(got));
      else one.fd = -1;
    }
  }
}

}  // namespace

Output run(const std::vector<std::string>& command, int seconds) {
  Pipe out;
  Pipe err;
  std::vector<char*> arguments;
  for (const std::string& text : command) arguments.push_back(const_cast<char*>(text.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, 0);
    ::setenv("LC_ALL", "C", 1);
    ::dup2(out.ends[1], 1);
    ::dup2(err.ends[1], 2);
    ::execvp(arguments[0], arguments.data());
    ::_exit(125);
  }
  ::setpgid(child, child);
  ::close(out.ends[1]);
  ::close(err.ends[1]);
  Output output;
  read_both(out.ends[0], err.ends[0], output, std::chrono::steady_clock::now() + std::chrono::seconds(seconds), child);
  ::close(out.ends[0]);
  ::close(err.ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  output.status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  return output;
}

Output run_inside(const std::vector<std::string>& command, const std::vector<std::string>& options) {
  std::vector<std::string> all{directory_of_tests() + "/sandbox_probe"};
  all.insert(all.end(), options.begin(), options.end());
  all.emplace_back("--");
  all.insert(all.end(), command.begin(), command.end());
  return run(all);
}

Output bash_inside(const std::string& script, const std::vector<std::string>& options) {
  return run_inside({"bash", "-c", script}, options);
}

std::string built_program(const std::string& name) {
  const std::string path = directory_of_tests() + "/" + name;
  return ::access(path.c_str(), X_OK) == 0 ? path : std::string();
}

std::string find_program(const std::string& name) {
  for (const char* directory : {"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"})
    if (const std::string path = directory + name; ::access(path.c_str(), X_OK) == 0) return path;
  return {};
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = "/tmp/swtee-sandbox-XXXXXX";
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryDirectory::write(const std::string& name, const std::string& content) const {
  std::ofstream(file(name), std::ios::binary) << content;
}

}  // namespace swtee::sandbox::testing
