// SPDX-License-Identifier: Apache-2.0
// The program as a user starts it. SWTEE_PROGRAM is the path of the built swtee.
#include "tests/bench/alternating.h"
#include "tests/bench/http_connection.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

extern char** environ;

namespace swtee::bench {
namespace {

constexpr double kRunLimit = 60e-3;
constexpr double kServeLimit = 150e-3;
constexpr int kNoSandbox = 3;
constexpr useconds_t kAskAgainMicroseconds = 200;

pid_t start(std::initializer_list<const char*> arguments) {
  std::vector<char*> list;
  for (const char* argument : arguments) list.push_back(const_cast<char*>(argument));
  list.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  require(posix_spawnp(&child, list[0], &actions, nullptr, list.data(), environ) == 0, "starting a program");
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

int status_of(pid_t child) {
  int status = 0;
  require(waitpid(child, &status, 0) == child && WIFEXITED(status), "the end of a program");
  return WEXITSTATUS(status);
}

/// `swtee run -- true` minus `true`.
void BM_RunTrue(benchmark::State& state) {
  const int outcome = status_of(start({SWTEE_PROGRAM, "run", "--", "true"}));
  const char* require_all = std::getenv("SWTEE_REQUIRE_ALL");
  if (outcome == kNoSandbox && (require_all == nullptr || std::string_view(require_all) != "1")) {
    state.SkipWithError("this machine cannot run the sandbox");
    return;
  }
  require(outcome == 0, "swtee run -- true");
  Alternating runs(Timer::wall);
  for (auto _ : state)
    runs.pair(
        state, 1, [] { require(status_of(start({SWTEE_PROGRAM, "run", "--", "true"})) == 0, "swtee run -- true"); },
        [] { require(status_of(start({"true"})) == 0, "true"); });
  runs.report(state, Limit::difference_at_most, kRunLimit);
}

/// From the start of the process to the last byte of an answer that needs CA keys and two CA signatures.
void BM_ServeAnswers(benchmark::State& state) {
  std::string directory = "/tmp/swtee-bench-XXXXXX";
  require(::mkdtemp(directory.data()) != nullptr, "making a directory");
  const std::string socket = directory + "/kds";
  Sampled runs(Timer::wall);
  for (auto _ : state) {
    pid_t server = -1;
    runs.sample(state, 1, [&] {
      server = start({SWTEE_PROGRAM, "serve", "--quiet", "--unix", socket.c_str()});
      int connected = -1;
      while ((connected = try_connect(socket)) < 0) {
        require(::waitpid(server, nullptr, WNOHANG) == 0, "swtee serve");
        ::usleep(kAskAgainMicroseconds);
      }
      require(!HttpConnection(connected).get("/vcek/v1/Genoa/cert_chain").empty(), "the chain");
    });
    ::kill(server, SIGTERM);
    require(status_of(server) == 0, "the end of swtee serve");
  }
  ::rmdir(directory.c_str());
  runs.report_time(state, kServeLimit);
}

BENCHMARK(BM_RunTrue)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ServeAnswers)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace swtee::bench
