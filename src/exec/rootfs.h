// rootfs.h — the container's root in a mount namespace of argoexec's own: nothing is left mounted
// when argoexec and the container have ended, however they end.
#pragma once
#include <string>
#include <string_view>

#include "exec/record.h"
#include "sys/monitor_spec.h"

namespace exec {

// Enters a new mount namespace and mounts the layers with a fresh upper layer at
// "<folder>/rootfs". Gives "" or what went wrong.
std::string mount_root(const std::string& folder, const sys::MonitorSpec& spec);
// Reads the wanted output files into the record, after the container's end. No symbolic link leads
// out of the container's root.
void read_outputs(const std::string& folder, const sys::MonitorSpec& spec, ExitRecord& record);
// Removes the upper layer and crun's state.
void clean_up(const std::string& folder);

}  // namespace exec
