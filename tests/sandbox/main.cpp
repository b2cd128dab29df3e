// SPDX-License-Identifier: Apache-2.0
/// The sandbox must work for anybody, so its tests run as nobody in particular: started by root, they begin again as an
/// unprivileged user with an empty capability bounding set.
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  if (::geteuid() == 0) {
    std::vector<const char*> command{"setpriv",        "--reuid=65534",       "--regid=65534",  "--clear-groups",
                                     "--bounding-set=-all", "--no-new-privs", "/proc/self/exe"};
    std::vector<char> path(4096);
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
    if (length <= 0) return 1;
    path[static_cast<std::size_t>(length)] = 0;
    command.back() = path.data();
    for (int i = 1; i < argc; ++i) command.push_back(argv[i]);
    command.push_back(nullptr);
    ::setenv("HOME", "/tmp", 1);
    ::execvp("setpriv", const_cast<char* const*>(command.data()));
    std::perror("sandbox tests: setpriv (util-linux) is needed to leave root");
    return 1;
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
