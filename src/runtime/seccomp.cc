#include "runtime/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <vector>

#include "text/base64.h"

namespace runtime {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the seccomp filter knows no such processor"
#endif

// Denied to all.
constexpr int kNever[] = {
    SYS_acct,
    SYS_add_key,
    SYS_bpf,
    SYS_clock_adjtime,
    SYS_clock_settime,
    SYS_delete_module,
    SYS_finit_module,
    SYS_init_module,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_kcmp,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_keyctl,
    SYS_lookup_dcookie,
    SYS_nfsservctl,
    SYS_open_by_handle_at,
    SYS_perf_event_open,
    SYS_quotactl,
    SYS_quotactl_fd,
    SYS_reboot,
    SYS_request_key,
    SYS_settimeofday,
    SYS_swapoff,
    SYS_swapon,
    SYS_syslog,
    SYS_userfaultfd,
    SYS_vhangup,
    SYS_process_madvise,
#if defined(__x86_64__)
    SYS_ioperm,
    SYS_iopl,
    SYS_create_module,
    SYS_get_kernel_syms,
    SYS_query_module,
    SYS_sysfs,
    SYS__sysctl,
    SYS_uselib,
    SYS_ustat,
#endif
};

// Denied without CAP_SYS_ADMIN.
constexpr int kOfAdministrator[] = {
    SYS_fsconfig,      SYS_fsmount,    SYS_fsopen,      SYS_fspick,        SYS_mount,
    SYS_mount_setattr, SYS_move_mount, SYS_open_tree,   SYS_pivot_root,    SYS_setns,
    SYS_umount2,       SYS_unshare,    SYS_sethostname, SYS_setdomainname,
};

constexpr uint32_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

class Program {
 public:
  void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<uint32_t>(offset)); }
  void give(uint32_t action) { add(BPF_RET | BPF_K, 0, 0, action); }
  // When the loaded word is `value`: give `action`.
  void give_if(uint32_t value, uint32_t action) {
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
    give(action);
  }
  void add(uint16_t code, uint8_t if_true, uint8_t if_false, uint32_t k) {
    code_.push_back({code, if_true, if_false, k});
  }
  std::string bytes() const {
    return {reinterpret_cast<const char*>(code_.data()), code_.size() * sizeof(sock_filter)};
  }

 private:
  std::vector<sock_filter> code_;
};

}  // namespace

std::string seccomp_program(bool with_sys_admin) {
  constexpr uint32_t kDeny = SECCOMP_RET_ERRNO | EPERM;
  constexpr uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;
  Program program;
  program.load(offsetof(seccomp_data, arch));
  // Calls of another width have other numbers: none of them is let through.
  program.add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, kArchitecture);
  program.give(kUnknown);
  program.load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  constexpr uint32_t kX32 = 0x40000000;
  program.add(BPF_JMP | BPF_JGE | BPF_K, 0, 1, kX32);
  program.give(kUnknown);
#endif
  for (const int number : kNever) program.give_if(static_cast<uint32_t>(number), kDeny);
  if (!with_sys_admin) {
    for (const int number : kOfAdministrator) program.give_if(static_cast<uint32_t>(number), kDeny);
    // A filter cannot look into clone3's structure; libc falls back to clone on ENOSYS.
    program.give_if(SYS_clone3, kUnknown);
    program.add(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_clone);
    program.load(offsetof(seccomp_data, args[0]));
    program.add(BPF_JMP | BPF_JSET | BPF_K, 0, 1, kNewNamespaces);
    program.give(kDeny);
  }
  program.give(SECCOMP_RET_ALLOW);
  return text::to_base64(program.bytes());
}

}  // namespace runtime
