#include "kube/node_api.h"

#include "sys/byte_stream.h"

namespace kube {
namespace {

tl::unexpected<base::Error> unsupported(const char* what) {
  return base::fail(base::Code::kUnsupported, std::string("this node has no ") + what);
}

}  // namespace

base::Result<std::unique_ptr<PodSession>> NodeApi::exec(const ExecRequest&) {
  return unsupported("exec");
}
base::Result<std::unique_ptr<PodSession>> NodeApi::attach(std::string_view, const std::string&) {
  return unsupported("attach");
}
base::Result<std::unique_ptr<sys::ByteStream>> NodeApi::connect(std::string_view, uint16_t) {
  return unsupported("port-forward");
}

}  // namespace kube
