// image_busybox.h — the built-in busybox image, made from a static binary on this machine.
#pragma once
#include <cstdint>
#include <string>

#include "base/error.h"

namespace runtime {

// Fills `directory` with a root file system: bin/<applet> for every applet of `binary` as hard
// links, /etc/passwd and group, /tmp (1777). Gives the bytes written.
base::Result<uint64_t> make_busybox_root(const std::string& binary, const std::string& directory);

}  // namespace runtime
