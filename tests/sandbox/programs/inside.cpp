// SPDX-License-Identifier: Apache-2.0
/// What runs inside the sandbox, statically linked: one sub-command for each behaviour of descriptors. Prints "ok" when all
/// of it was seen, else what was not.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr unsigned long kIncrement = 0xC0105300;
constexpr unsigned long kWait = 0xC0105301;
const std::string kBase = "/sys/kernel/config/fake/report/";
int failures = 0;

#define CHECK(condition)                                                                     \
  do {                                                                                       \
    if (!(condition)) std::printf("line %d: not so: %s (errno %d)\n", __LINE__, #condition, errno), ++failures; \
  } while (false)

std::string read_all(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY);
  if (fd < 0) return "?";
  char text[512];
  const ssize_t got = read(fd, text, sizeof text);
  close(fd);
  return got < 0 ? "!" : std::string(text, static_cast<std::size_t>(got));
}

std::string fresh(const char* name) {
  const std::string directory = kBase + name;
  CHECK(mkdir(directory.c_str(), 0755) == 0);
  return directory;
}

const std::string kHalf(32, 'h');

void fork_shares_the_description() {
  const std::string d = fresh("fork");
  const int fd = open((d + "/inblob").c_str(), O_WRONLY);
  CHECK(write(fd, kHalf.data(), 32) == 32);
  const pid_t child = fork();
  if (child == 0) {
    if (write(fd, kHalf.data(), 32) != 32) _exit(1);
    close(fd);
    // The parent still holds it: nothing is committed yet.
    _exit(read_all(d + "/generation") == "0\n" ? 0 : 2);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(write(fd, "x", 1) == -1 && errno == EFBIG);
  CHECK(read_all(d + "/generation") == "0\n");
  close(fd);
  CHECK(read_all(d + "/generation") == "1\n");
  CHECK(read_all(d + "/outblob") == "report level=0 in=" + kHalf + kHalf);
}

void dup_shares_the_description() {
  const std::string d = fresh("dup");
  const int fd = open((d + "/inblob").c_str(), O_WRONLY | O_CLOEXEC);
  const int second = dup(fd);
  const int third = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  CHECK(dup2(fd, 33) == 33);
  CHECK(second >= 0 && third >= 0 && second != fd && third != fd);
  CHECK((fcntl(second, F_GETFD) & FD_CLOEXEC) == 0 && (fcntl(third, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(write(fd, kHalf.data(), 16) == 16 && write(second, kHalf.data(), 16) == 16);
  close(fd);
  close(second);
  CHECK(write(third, kHalf.data(), 16) == 16);
  CHECK(write(33, kHalf.data(), 16) == 16);
  close(third);
  CHECK(read_all(d + "/generation") == "0\n");
  close(33);
  CHECK(read_all(d + "/generation") == "1\n");
  CHECK(read_all(d + "/outblob") == "report level=0 in=" + kHalf + kHalf);
}

void close_range_and_exec_end_descriptors() {
  const std::string d = fresh("range");
  const int fd = open((d + "/inblob").c_str(), O_WRONLY);
  CHECK(write(fd, kHalf.data(), 32) == 32);
  CHECK(syscall(SYS_close_range, 3u, ~0u, 0u) == 0);
  CHECK(read_all(d + "/generation") == "1\n");
  const int marked = open((d + "/inblob").c_str(), O_WRONLY | O_CLOEXEC);
  CHECK(write(marked, kHalf.data(), 32) == 32);
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", "exit 0", nullptr);
    _exit(1);
  }
  waitpid(child, nullptr, 0);
  CHECK(read_all(d + "/generation") == "1\n");
  close(marked);
  CHECK(read_all(d + "/generation") == "2\n");
}

void descriptors_travel_over_sockets() {
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const int fd = open("/dev/fake", O_RDWR);
  char byte = 'x';
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
  CHECK(sendmsg(pair[0], &header, 0) == 1);
  close(fd);
  std::memset(control, 0, sizeof control);
  header.msg_controllen = sizeof control;
  CHECK(recvmsg(pair[1], &header, 0) == 1);
  int received = -1;
  part = CMSG_FIRSTHDR(&header);
  if (part != nullptr) std::memcpy(&received, CMSG_DATA(part), sizeof received);
  std::uint64_t numbers[2] = {41, 0};
  CHECK(ioctl(received, kIncrement, numbers) == 0 && numbers[1] == 42);
}

void hostile_pointers_fault() {
  const std::string d = fresh("hostile");
  const int device = open("/dev/fake", O_RDWR);
  void* volatile hidden = reinterpret_cast<void*>(8);  // volatile, or the compiler warns of what is meant
  void* const bad = hidden;
  CHECK(ioctl(device, kIncrement, bad) == -1 && errno == EFAULT);
  CHECK(ioctl(device, kIncrement, reinterpret_cast<void*>(0xffffffff80000000)) == -1 && errno == EFAULT);
  CHECK(ioctl(device, 0xC0A01181, bad) == -1 && errno == ENOTTY);
  auto* const page = static_cast<char*>(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(page + 4096, 4096, PROT_NONE);
  auto* const crossing = page + 4096 - 8;
  CHECK(ioctl(device, kIncrement, crossing) == -1 && errno == EFAULT);
  auto* const only_read = static_cast<std::uint64_t*>(mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  CHECK(ioctl(device, kIncrement, only_read) == -1 && errno == EFAULT);
  CHECK(*only_read == 0);
  CHECK(syscall(SYS_mkdir, bad, 0755) == -1 && errno == EFAULT);
  CHECK(open(static_cast<const char*>(bad), O_RDONLY) == -1 && errno == EFAULT);
  struct stat* const nowhere = static_cast<struct stat*>(bad);
  CHECK(syscall(SYS_stat, "/dev/fake", nowhere) == -1 && errno == EFAULT);
  const int in = open((d + "/inblob").c_str(), O_WRONLY);
  CHECK(write(in, bad, 64) == -1 && errno == EFAULT);
  CHECK(writev(in, static_cast<const iovec*>(bad), 1) == -1 && errno == EFAULT);
  CHECK(writev(in, static_cast<const iovec*>(bad), 100000) == -1 && errno == EINVAL);
  const int text = open((d + "/generation").c_str(), O_RDONLY);
  CHECK(read(text, bad, 10) == -1 && errno == EFAULT);
  char got[4];
  CHECK(read(text, got, sizeof got) == 2 && got[0] == '0');
  // A path that ends exactly at the end of the mapping, and one without an end.
  std::memset(page, '/', 4096);
  std::memcpy(page + 4096 - 10, "/dev/fake", 10);
  CHECK(access(page + 4096 - 10, F_OK) == 0);
  std::memset(page, 'a', 4096);
  page[2048] = '/';
  CHECK(access(page + 2048, F_OK) == -1 && errno == EFAULT);
  const std::string endless = "/" + std::string(5000, 'a');
  CHECK(access(endless.c_str(), F_OK) == -1 && errno == ENAMETOOLONG);
  std::string many = "/dev";
  for (int i = 0; i < 1000; ++i) many += "/..";
  CHECK(access((many + "/dev/fake").c_str(), F_OK) == 0);
}

void a_device_behaves_as_one() {
  const int fd = open("/dev/fake", O_RDONLY | O_CLOEXEC);
  struct stat shown {};
  CHECK(fstat(fd, &shown) == 0 && S_ISCHR(shown.st_mode) && shown.st_rdev == makedev(10, 123));
  CHECK(mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == ENODEV);
  char byte;
  CHECK(read(fd, &byte, 1) == -1 && errno == EINVAL);
  CHECK(write(fd, "x", 1) == -1 && errno == EBADF);
  CHECK(ioctl(fd, FIOCLEX) == 0);
  CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
  CHECK(open("/dev/fake", O_RDONLY | O_DIRECTORY) == -1 && errno == ENOTDIR);
  CHECK(open("/dev/fake", O_CREAT | O_EXCL | O_RDWR, 0600) == -1 && errno == EEXIST);
  CHECK(open("/sys/kernel/config/fake", O_RDWR) == -1 && errno == EISDIR);
  const int path_only = open("/dev/fake", O_PATH);
  CHECK(path_only >= 0 && ioctl(path_only, kIncrement, &shown) == -1 && errno == EBADF);
  CHECK(fstat(path_only, &shown) == 0 && S_ISCHR(shown.st_mode));
  CHECK(fstatat(path_only, "", &shown, AT_EMPTY_PATH) == 0 && S_ISCHR(shown.st_mode));
  const int directory = open("/sys/kernel/config/fake", O_PATH | O_DIRECTORY);
  CHECK(fstatat(directory, "report", &shown, 0) == 0 && S_ISDIR(shown.st_mode));
  CHECK(fstatat(directory, "../fake/report/..", &shown, 0) == 0 && S_ISDIR(shown.st_mode));
  CHECK(lseek(open((fresh("seek") + "/inblob").c_str(), O_WRONLY), 0, SEEK_SET) == -1 && errno == ESPIPE);
  rlimit low{40, 40};
  CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
  const int outside = open("/dev/fake", O_RDWR);
  std::uint64_t numbers[2] = {1, 0};
  CHECK(outside >= 0 && outside < 40 && ioctl(outside, kIncrement, numbers) == 0 && numbers[1] == 2);
}

/// A device call of two seconds in one thread must not hold up the calls of another.
void a_slow_call_holds_up_nobody() {
  const int fd = open("/dev/fake", O_RDWR);
  std::atomic<bool> finished{false};
  std::thread slow([&] {
    CHECK(ioctl(fd, kWait, nullptr) == 0);
    finished = true;
  });
  usleep(100000);
  for (int i = 0; i < 50; ++i) {
    const int other = open("/dev/fake", O_RDWR);
    std::uint64_t numbers[2] = {7, 0};
    CHECK(ioctl(other, kIncrement, numbers) == 0 && numbers[1] == 8);
    CHECK(access("/etc/passwd", R_OK) == 0);
    close(other);
  }
  CHECK(!finished);
  slow.join();
}

void threads_work_at_once() {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < 25; ++i) {
        const std::string d = kBase + "t" + std::to_string(t) + "-" + std::to_string(i);
        CHECK(mkdir(d.c_str(), 0755) == 0);
        std::string blob(64, static_cast<char>('a' + t));
        const int in = open((d + "/inblob").c_str(), O_WRONLY);
        CHECK(write(in, blob.data(), 64) == 64);
        close(in);
        CHECK(read_all(d + "/outblob") == "report level=0 in=" + blob);
        CHECK(rmdir(d.c_str()) == 0);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

volatile sig_atomic_t interruptions = 0;

/// A timer every three milliseconds, as Go's scheduler preempts: each call must still run exactly once.
void a_signal_storm_repeats_nothing() {
  struct sigaction action {};
  action.sa_handler = [](int) { interruptions = interruptions + 1; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval every{{0, 3000}, {0, 3000}};
  setitimer(ITIMER_REAL, &every, nullptr);
  for (int i = 0; i < 400 || interruptions < 50; ++i) {
    const std::string d = kBase + "s" + std::to_string(i);
    CHECK(mkdir(d.c_str(), 0755) == 0);
    CHECK(rmdir(d.c_str()) == 0);
    if (failures > 5) break;
  }
  const int device = open("/dev/fake", O_RDWR);
  CHECK(ioctl(device, kWait, nullptr) == 0);
}

const std::map<std::string, void (*)()> kCommands{
    {"fork", fork_shares_the_description},
    {"dup", dup_shares_the_description},
    {"close-range", close_range_and_exec_end_descriptors},
    {"socket", descriptors_travel_over_sockets},
    {"hostile", hostile_pointers_fault},
    {"device", a_device_behaves_as_one},
    {"slow", a_slow_call_holds_up_nobody},
    {"threads", threads_work_at_once},
    {"storm", a_signal_storm_repeats_nothing},
};

}  // namespace

int main(int argc, char** argv) {
  const auto command = kCommands.find(argc > 1 ? argv[1] : "");
  if (command == kCommands.end()) return 2;
  command->second();
  if (failures == 0) std::puts("ok");
  return failures == 0 ? 0 : 1;
}
