// process_tree.h — what argoexec needs to know of processes, without the weight of sys/process.h.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.h"

namespace exec {

// "<pid> <start ticks>"; ticks 0 when it is gone.
std::string describe_process(pid_t pid);
std::string sys_boot_id();
// True when the process neither handles nor ignores the signal.
bool takes_default_action(pid_t pid, int signal);
// A step that is a subreaper, and all below it: sessions and parents notwithstanding.
void signal_tree(pid_t root, int signal);
// Of ours, ended ones that wait to be reaped too.
std::vector<pid_t> own_children();
// By the text of memory.oom_control or memory.events; "" is no file.
bool had_oom_kill(const std::string& oom_file);
int64_t count_oom_kills(std::string_view text);
// The text of crun's log without its time and level.
std::string crun_message(std::string_view log);
// Connected, or closed when nobody listens. `path` is relative to the folder: a socket's name has
// but 107 bytes, a folder's path may have more.
sys::Fd open_notify_socket(int folder, const std::string& path);

}  // namespace exec
