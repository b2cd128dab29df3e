// SPDX-License-Identifier: Apache-2.0
/// Runs a command as a container with a narrow seccomp profile would: the named calls answer EPERM.
///   sandbox_confined CALL[,CALL...] COMMAND...      CALL: pidfd_getfd, kcmp, process_vm, seccomp
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace {

void refuse(std::vector<sock_filter>& program, unsigned call) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string calls = argv[1];
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  if (calls.find("pidfd_getfd") != std::string::npos) refuse(program, SYS_pidfd_getfd);
  if (calls.find("kcmp") != std::string::npos) refuse(program, SYS_kcmp);
  if (calls.find("process_vm") != std::string::npos) refuse(program, SYS_process_vm_readv), refuse(program, SYS_process_vm_writev);
  if (calls.find("seccomp") != std::string::npos) refuse(program, SYS_seccomp);
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) return 3;
  execvp(argv[2], argv + 2);
  std::perror(argv[2]);
  return 127;
}
