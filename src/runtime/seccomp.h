// seccomp.h — the system calls that a container may not make, as a ready filter program.
//
// Assembled once, handed to crun as bytes (annotation run.oci.seccomp_bpf_data): compiling a
// profile for each container costs 0.35 ms. What Docker's default profile denies is denied: the
// calls that reach past the namespaces, and those that make new ones without CAP_SYS_ADMIN.
#pragma once
#include <string>

namespace runtime {

// The sock_filter array in base64. `with_sys_admin`: the container was given that capability, so
// mounts and namespaces are open to it.
std::string seccomp_program(bool with_sys_admin);

}  // namespace runtime
