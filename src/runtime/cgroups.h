// cgroups.h — limits of CPU and memory, by cgroup v1 or v2, whichever the host has.
//
// Only a container that has limits or requests of its own gets a cgroup of its own: making and
// joining one is paid by the step. All others share the agent's.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/pod_spec.h"

namespace runtime {

struct ContainerCgroup {
  std::vector<std::string> folders;  // to join; empty: none
  std::string oom_file;
};

class Cgroups {
 public:
  // `name`: of our folder in each hierarchy, apart from other agents' ("argon-1a2b3c").
  explicit Cgroups(std::string name);

  // kUnavailable: this host cannot hold the container to its limits; the text says why.
  base::Result<ContainerCgroup> make(const std::string& id, const Resources& resources) const;
  void remove(const std::string& id) const;
  // A hybrid host whose v2 part has controllers: crun refuses to work there unless it is hidden.
  bool must_hide_unified() const { return must_hide_unified_; }
  bool is_v2() const { return is_v2_; }
  // Moves this process, and so all that it will start, into a devices cgroup with no more than the
  // harmless devices. False when the host has none: then nobody may make device nodes.
  bool guard_devices() const;
  // Removes our folders; nothing may run.
  void tear_down() const;

 private:
  std::string folder(const std::string& controller, const std::string& id) const;

  std::string name_;
  bool is_v2_ = false, must_hide_unified_ = false;
};

}  // namespace runtime
