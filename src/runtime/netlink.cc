#include "runtime/netlink.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace runtime {
namespace {

// A request under construction; attributes may nest.
class Message {
 public:
  template <class Body>
  Message(uint16_t type, uint16_t flags, const Body& body) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    append(&header, sizeof header);
    append(&body, sizeof body);
  }
  void append(const void* bytes, size_t size) {
    bytes_.append(static_cast<const char*>(bytes), size);
    bytes_.resize((bytes_.size() + 3) & ~size_t{3});
  }
  void add(uint16_t type, const void* bytes, size_t size) {
    const rtattr header{static_cast<uint16_t>(sizeof(rtattr) + size), type};
    append(&header, sizeof header);
    append(bytes, size);
  }
  void add(uint16_t type, uint32_t value) { add(type, &value, sizeof value); }
  void add(uint16_t type, const std::string& text) { add(type, text.c_str(), text.size() + 1); }
  size_t begin(uint16_t type) {
    const size_t at = bytes_.size();
    const rtattr header{0, type};
    append(&header, sizeof header);
    return at;
  }
  void end(size_t at) {
    const auto size = static_cast<uint16_t>(bytes_.size() - at);
    std::memcpy(bytes_.data() + at, &size, sizeof size);
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

base::Error problem(const std::string& what, int error) {
  const base::Code code = error == EPERM ? base::Code::kForbidden : base::Code::kUnavailable;
  return {code, what + ": " + std::strerror(error)};
}

}  // namespace

base::Result<Netlink> Netlink::open() {
  sys::Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd.is_open()) return base::fail(problem("cannot open a netlink socket", errno));
  return Netlink(std::move(fd));
}

base::Status Netlink::send(std::string& message, const std::string& what, int ignored_error) {
  auto* const header = reinterpret_cast<nlmsghdr*>(message.data());
  header->nlmsg_len = static_cast<uint32_t>(message.size());
  header->nlmsg_seq = ++sequence_;
  if (::send(fd_.get(), message.data(), message.size(), 0) < 0)
    return base::fail(problem(what, errno));
  alignas(nlmsghdr) char answer[8192];
  const ssize_t got = ::recv(fd_.get(), answer, sizeof answer, 0);
  if (got < 0) return base::fail(problem(what, errno));
  nlmsghdr reply{};
  nlmsgerr error{};
  if (static_cast<size_t>(got) < NLMSG_LENGTH(sizeof(int)))
    return base::fail(base::Code::kUnavailable, what + ": the kernel's answer is cut off");
  std::memcpy(&reply, answer, sizeof reply);
  std::memcpy(&error.error, answer + NLMSG_HDRLEN, sizeof error.error);
  if (reply.nlmsg_type == NLMSG_ERROR && error.error != 0 && -error.error != ignored_error)
    return base::fail(problem(what, -error.error));
  return {};
}

base::Status Netlink::add_bridge(const std::string& name, uint32_t mtu) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
  message.add(IFLA_IFNAME, name);
  message.add(IFLA_MTU, mtu);
  const size_t info = message.begin(IFLA_LINKINFO);
  message.add(IFLA_INFO_KIND, std::string("bridge"));
  message.end(info);
  return send(message.bytes(), "cannot make the bridge " + name, EEXIST);
}

base::Status Netlink::add_veth(const std::string& name, const std::string& bridge, int namespace_fd,
                               uint32_t mtu) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
  message.add(IFLA_IFNAME, name);
  message.add(IFLA_MTU, mtu);
  message.add(IFLA_MASTER, ::if_nametoindex(bridge.c_str()));
  const size_t info = message.begin(IFLA_LINKINFO);
  message.add(IFLA_INFO_KIND, std::string("veth"));
  const size_t data = message.begin(IFLA_INFO_DATA);
  const size_t peer = message.begin(VETH_INFO_PEER);
  const ifinfomsg of_peer{};
  message.append(&of_peer, sizeof of_peer);
  message.add(IFLA_IFNAME, std::string("eth0"));
  message.add(IFLA_MTU, mtu);
  message.add(IFLA_NET_NS_FD, static_cast<uint32_t>(namespace_fd));
  message.end(peer);
  message.end(data);
  message.end(info);
  return send(message.bytes(), "cannot make the interface " + name);
}

base::Status Netlink::set_up(const std::string& name) {
  ifinfomsg body{};
  body.ifi_index = static_cast<int>(::if_nametoindex(name.c_str()));
  body.ifi_flags = IFF_UP;
  body.ifi_change = IFF_UP;
  Message message(RTM_NEWLINK, 0, body);
  message.add(IFLA_IFNAME, name);
  return send(message.bytes(), "cannot bring up " + name);
}

base::Status Netlink::add_address(const std::string& name, uint32_t address, int prefix_bits) {
  ifaddrmsg body{};
  body.ifa_family = AF_INET;
  body.ifa_prefixlen = static_cast<uint8_t>(prefix_bits);
  body.ifa_index = ::if_nametoindex(name.c_str());
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body);
  message.add(IFA_LOCAL, htonl(address));
  message.add(IFA_ADDRESS, htonl(address));
  return send(message.bytes(), "cannot give an address to " + name, EEXIST);
}

base::Status Netlink::add_default_route(uint32_t gateway) {
  rtmsg body{};
  body.rtm_family = AF_INET;
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_protocol = RTPROT_BOOT;
  body.rtm_scope = RT_SCOPE_UNIVERSE;
  body.rtm_type = RTN_UNICAST;
  Message message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, body);
  message.add(RTA_GATEWAY, htonl(gateway));
  return send(message.bytes(), "cannot set the default route", EEXIST);
}

base::Status Netlink::remove_link(const std::string& name) {
  ifinfomsg body{};
  body.ifi_index = static_cast<int>(::if_nametoindex(name.c_str()));
  if (body.ifi_index == 0) return {};
  Message message(RTM_DELLINK, 0, body);
  return send(message.bytes(), "cannot remove " + name, ENODEV);
}

}  // namespace runtime
