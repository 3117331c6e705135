// netlink.h — network interfaces by the kernel's rtnetlink: made, addressed, brought up.
//
// A socket speaks for the network namespace in which its thread was when it was opened.
#pragma once
#include <cstdint>
#include <string>

#include "base/error.h"
#include "sys/fd.h"

namespace runtime {

class Netlink {
 public:
  static base::Result<Netlink> open();

  // No error when it is there.
  base::Status add_bridge(const std::string& name, uint32_t mtu);
  // One end here in the bridge, the other as "eth0" in the namespace of `namespace_fd`.
  base::Status add_veth(const std::string& name, const std::string& bridge, int namespace_fd,
                        uint32_t mtu);
  base::Status set_up(const std::string& name);
  // Addresses in host order.
  base::Status add_address(const std::string& name, uint32_t address, int prefix_bits);
  base::Status add_default_route(uint32_t gateway);
  base::Status remove_link(const std::string& name);

 private:
  explicit Netlink(sys::Fd fd) : fd_(std::move(fd)) {}
  base::Status send(std::string& message, const std::string& what, int ignored_error = 0);

  sys::Fd fd_;
  uint32_t sequence_ = 0;
};

}  // namespace runtime
