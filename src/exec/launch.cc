#include "exec/launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "sys/fd.h"

namespace exec {
namespace {

struct Plan {
  const char* program = nullptr;
  std::vector<char*> argv, env;
  const char* cwd = nullptr;
  bool new_session = false;
  int in = -1, out = -1, err = -1;
  std::vector<sys::Fd> cgroups;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// Runs in the child of a vfork: system calls only. Gives errno.
int become(const Plan& plan) {
  // Should argoexec be killed, a half-started container must not go on alone.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const sys::Fd& cgroup : plan.cgroups)
    if (::write(cgroup.get(), "0", 1) != 1) return errno;
  if (plan.new_session) {
    ::setsid();
    // What its children leave behind becomes its own, as under a container's pid 1, and ours when
    // it has ended: so it is known whose it is.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  if (plan.cwd != nullptr && ::chdir(plan.cwd) != 0) return errno;
  if (::dup2(plan.in, 0) < 0 || ::dup2(plan.out, 1) < 0 || ::dup2(plan.err, 2) < 0) return errno;
  ::signal(SIGPIPE, SIG_DFL);  // ignored by us, and that would be inherited
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.program, plan.argv.data(), plan.env.data());
  return errno;
}

Launched start(const Plan& plan) {
  volatile int error = 0;
  const pid_t pid = ::vfork();
  if (pid == 0) {
    error = become(plan);
    ::_exit(127);
  }
  if (pid < 0) return {0, errno, "cannot start a process"};
  // A child that failed is reaped with all the others.
  return {pid, error, {}};
}

Launched open_cgroups(const sys::MonitorSpec& spec, Plan& plan) {
  for (const std::string& cgroup : spec.cgroup_folders) {
    sys::Fd fd(::open((cgroup + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.is_open()) return {0, errno, "cannot join the cgroup " + cgroup};
    plan.cgroups.push_back(std::move(fd));
  }
  return {};
}

std::string find_program(const sys::MonitorSpec& spec) {
  const std::string& name = spec.argv.front();
  if (name.find('/') != std::string::npos) return name;
  std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string& one : spec.env)
    if (one.starts_with("PATH=")) path = one.substr(5);
  size_t begin = 0;
  while (begin <= path.size()) {
    size_t end = path.find(':', begin);
    if (end == std::string::npos) end = path.size();
    const std::string candidate = path.substr(begin, end - begin) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return {};
}

}  // namespace

int exit_code_of(const Launched& failed) {
  return failed.error == ENOENT ? 127 : failed.error == EACCES ? 126 : 128;
}

std::string why_not(const Launched& failed) {
  return failed.what + ": " + std::strerror(failed.error);
}

Launched launch_crun(const std::string& folder, const sys::MonitorSpec& spec, int out, int err) {
  Plan plan;
  std::string id = spec.attempt;
  for (char& c : id)
    if (c == '/') c = '_';
  const std::vector<std::string> argv = {
      "crun",
      // The cgroups are joined before crun starts: made ahead by the agent, or shared.
      "--cgroup-manager=disabled",
      "--root=" + folder + "/" + sys::monitor_file::kCrunState,
      "--log=" + folder + "/" + sys::monitor_file::kCrunLog,
      "run",
      "--detach",
      "--pid-file=" + folder + "/" + sys::monitor_file::kPid,
      "--bundle=" + folder,
      id,
  };
  plan.program = spec.crun.c_str();
  plan.argv = pointers(argv);
  plan.env = {nullptr};
  const sys::Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  plan.in = null.get();
  plan.out = out;
  plan.err = err;
  if (Launched wrong = open_cgroups(spec, plan); wrong.error != 0) return wrong;
  Launched launched = start(plan);
  if (launched.error != 0) launched.what = "cannot start " + spec.crun;
  return launched;
}

Launched launch_process(const sys::MonitorSpec& spec, int out, int err) {
  if (spec.argv.empty()) return {0, EINVAL, "no command"};
  const std::string program = find_program(spec);
  if (program.empty()) return {0, ENOENT, "exec: \"" + spec.argv.front() + "\": not found in PATH"};
  Plan plan;
  plan.program = program.c_str();
  plan.argv = pointers(spec.argv);
  plan.env = pointers(spec.env);
  plan.cwd = spec.cwd.empty() ? nullptr : spec.cwd.c_str();
  plan.new_session = true;
  if (Launched wrong = open_cgroups(spec, plan); wrong.error != 0) return wrong;
  const sys::Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  plan.in = null.get();
  plan.out = out;
  plan.err = err;
  Launched launched = start(plan);
  if (launched.error != 0) launched.what = "exec: \"" + spec.argv.front() + "\"";
  return launched;
}

}  // namespace exec
