#include "server/port_forward.h"

#include <fmt/format.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "kube/input_pump.h"
#include "server/kube_writes.h"
#include "server/port_streams.h"
#include "sys/byte_stream.h"
#include "text/json.h"

namespace server {
namespace {

using Kind = PortStreams::Event::Kind;
constexpr size_t kChunk = 64 << 10;

// One connection into the pod. What comes from there is carried by a thread of its own.
class Forwarded {
 public:
  Forwarded(PortStreams& client, kube::NodeApi& node, std::string pod_uid, uint32_t id,
            uint16_t port)
      : client_(client),
        id_(id),
        pump_([this](std::string_view bytes) { return give(bytes); }, [this] { end_writing(); }),
        thread_([this, &node, uid = std::move(pod_uid), port] { carry(node, uid, port); }) {}
  ~Forwarded() {
    cancel();
    thread_.join();
  }

  bool push(std::string bytes) {
    return pump_.push(std::move(bytes), [this] { return client_.is_gone(); });
  }
  void end() { pump_.end(); }
  void cancel() {
    const std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    if (inside_ != nullptr) inside_->cancel();
    changed_.notify_all();
  }
  bool is_over() {
    const std::lock_guard lock(mutex_);
    return is_over_;
  }

 private:
  void carry(kube::NodeApi& node, const std::string& uid, uint16_t port) {
    auto inside = node.connect(uid, port);
    {
      const std::lock_guard lock(mutex_);
      if (inside) inside_ = std::move(*inside);
      if (inside_ != nullptr && is_cancelled_) inside_->cancel();
      is_over_ = inside_ == nullptr;
    }
    changed_.notify_all();
    if (inside_ == nullptr)
      return client_.end(id_, fmt::format("error forwarding port {} to pod, uid {}: {}", port, uid,
                                          inside.error().text));
    std::string chunk(kChunk, '\0');
    while (true) {
      const auto got = inside_->read(chunk.data(), chunk.size());
      if (!got || *got == 0) break;
      if (!client_.write(id_, std::string_view(chunk).substr(0, *got))) break;
    }
    client_.end(id_, {});
    inside_->cancel();
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }

  // The stream, once it is there and unless it is over.
  sys::ByteStream* await_inside() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return inside_ != nullptr || is_over_ || is_cancelled_; });
    return is_over_ || is_cancelled_ ? nullptr : inside_.get();
  }
  bool give(std::string_view bytes) {
    sys::ByteStream* const inside = await_inside();
    return inside != nullptr && inside->write(bytes).has_value();
  }
  void end_writing() {
    if (sys::ByteStream* const inside = await_inside()) inside->end_writing();
  }

  PortStreams& client_;
  const uint32_t id_;
  std::mutex mutex_;  // of the four below
  std::condition_variable changed_;
  std::unique_ptr<sys::ByteStream> inside_;  // set once
  bool is_cancelled_ = false, is_over_ = false;
  kube::InputPump pump_;
  std::thread thread_;
};

void forward(PortStreams& client, kube::NodeApi& node, const std::string& pod_uid) {
  std::map<uint32_t, std::unique_ptr<Forwarded>> connections;
  while (true) {
    auto event = client.read();
    if (!event || !*event) break;
    const uint32_t id = (*event)->id;
    if ((*event)->kind == Kind::kOpened) {
      std::erase_if(connections, [](const auto& one) { return one.second->is_over(); });
      if (connections.size() >= kForwardedMost)
        client.end(id, fmt::format("more than {} connections at once", kForwardedMost));
      else
        connections[id] = std::make_unique<Forwarded>(client, node, pod_uid, id, (*event)->port);
      continue;
    }
    const auto found = connections.find(id);
    if (found == connections.end()) continue;
    if ((*event)->kind == Kind::kAborted) {
      found->second->cancel();
    } else if ((*event)->kind == Kind::kEnded) {
      found->second->end();
    } else if (!found->second->push(std::move((*event)->bytes))) {
      break;
    }
  }
  client.cancel();
  for (const auto& [id, connection] : connections) connection->cancel();
}

}  // namespace

void answer_port_forward(kube::StoreApi& api, kube::NodeApi* node, const kube::ObjectRef& pod,
                         Call& call) {
  auto object = api.store().get(kube::StoreApi::key_of(pod));
  const auto parsed = object ? text::parse_json(object->json) : base::fail(object.error());
  if (!parsed) return call.fail(parsed.error());
  const std::string phase(parsed->string_at("status", "phase"));
  if (phase != "Running")
    return refuse_call(call, 400, "BadRequest",
                       fmt::format("unable to forward port because pod is not running. Current "
                                   "status={}",
                                   phase.empty() ? "Pending" : phase));
  if (node == nullptr)
    return call.fail({base::Code::kUnavailable, "this server has no node agent"});
  if (const auto client = accept_ports(call)) forward(*client, *node, object->uid);
}

}  // namespace server
