#include "server/remote_command.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "kube/http_api.h"
#include "kube/input_pump.h"
#include "server/kube_writes.h"
#include "server/pod_container.h"
#include "server/remote_streams.h"
#include "text/json.h"

namespace server {
namespace {

using Name = RemoteStreams::Name;
using Channel = kube::PodSession::Channel;
using StartSession = std::function<base::Result<std::unique_ptr<kube::PodSession>>()>;

constexpr size_t kResizeBytesMax = 4096;
// Who has been told of the end closes the connection; who does not, has it closed.
constexpr std::chrono::seconds kGoodbye{5};

text::Value status_of_exit(int code) {
  text::Value out;
  out["metadata"] = text::Map();
  out["status"] = code == 0 ? "Success" : "Failure";
  if (code == 0) return out;
  out["message"] = fmt::format("command terminated with non-zero exit code: exit code {}", code);
  out["reason"] = "NonZeroExitCode";
  text::Value cause;
  cause["reason"] = "ExitCode";
  cause["message"] = std::to_string(code);
  out["details"]["causes"] = text::List{cause};
  return out;
}

// The messages of the resize stream, {"Width": …, "Height": …}, may come in pieces.
class Resizer {
 public:
  explicit Resizer(kube::PodSession& session) : session_(session) {}
  void take(std::string_view bytes) {
    pending_ += bytes;
    size_t end = 0;
    while ((end = pending_.find('}')) != std::string::npos) {
      const auto size = text::parse_json(std::string_view(pending_).substr(0, end + 1));
      pending_.erase(0, end + 1);
      if (!size) continue;
      session_.resize(number(*size, "Width"), number(*size, "Height"));
    }
    if (pending_.size() > kResizeBytesMax) pending_.clear();
  }

 private:
  static uint16_t number(const text::Value& size, std::string_view name) {
    const text::Value* const found = size.find(name);
    return static_cast<uint16_t>(found != nullptr ? found->to_int().value_or(0) : 0);
  }

  kube::PodSession& session_;
  std::string pending_;
};

// One client and one session, until either ends.
class Conversation {
 public:
  Conversation(RemoteStreams& client, kube::PodSession& session)
      : client_(client), session_(session) {}

  void run() {
    std::thread teller([this] { tell(); });
    {
      kube::InputPump input(
          [this](std::string_view bytes) { return session_.write_in(bytes).has_value(); },
          [this] { session_.close_in(); });
      listen(input);
      session_.cancel();
    }
    {
      const std::lock_guard lock(mutex_);
      client_has_gone_ = true;
    }
    changed_.notify_all();
    client_.cancel();
    teller.join();
  }

 private:
  void listen(kube::InputPump& input) {
    Resizer resizer(session_);
    while (true) {
      auto piece = client_.read();
      if (!piece || !*piece) return;
      RemoteStreams::Piece& now = **piece;
      if (now.name == Name::kResize) resizer.take(now.bytes);
      if (now.name != Name::kIn) continue;
      if (now.is_end) {
        input.end();
      } else if (!input.push(std::move(now.bytes), [this] { return client_.is_gone(); })) {
        return;
      }
    }
  }

  void tell() {
    while (true) {
      const auto piece = session_.read();
      if (!piece) {
        text::Value status = kube::to_status_object(piece.error());
        status["reason"] = "InternalError";
        status["code"] = 500;
        client_.finish(status);
        break;
      }
      if (piece->channel == Channel::kEnd) {
        client_.finish(status_of_exit(piece->exit_code));
        break;
      }
      const Name name = piece->channel == Channel::kOut ? Name::kOut : Name::kErr;
      if (!client_.write(name, piece->bytes)) break;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kGoodbye, [this] { return client_has_gone_; });
    client_.cancel();
  }

  RemoteStreams& client_;
  kube::PodSession& session_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool client_has_gone_ = false;
};

// Nothing when the call has been answered.
std::optional<StreamsWanted> read_wishes(Call& call, bool defaults_to_output) {
  StreamsWanted out{call.query_flag("stdin"), call.query_flag("stdout"), call.query_flag("stderr"),
                    call.query_flag("tty")};
  if (defaults_to_output && !out.in && !out.out && !out.err) out.out = out.err = true;
  if (!out.in && !out.out && !out.err) {
    refuse_call(call, 400, "BadRequest", "you must specify at least one of stdin, stdout, stderr");
    return std::nullopt;
  }
  if (out.tty) out.err = false;  // a terminal has one output
  return out;
}

std::optional<PodContainer> find_target(kube::StoreApi& api, kube::NodeApi* node,
                                        const kube::ObjectRef& pod, const char* what, Call& call) {
  auto found = find_container(api, pod, call);
  if (!found) return std::nullopt;
  const std::string phase(found->phase());
  if (phase == "Succeeded" || phase == "Failed") {
    refuse_call(
        call, 400, "BadRequest",
        fmt::format("cannot {} a container in a completed pod; current phase is {}", what, phase));
    return std::nullopt;
  }
  if (node == nullptr) {
    call.fail({base::Code::kUnavailable, "this server has no node agent"});
    return std::nullopt;
  }
  return found;
}

void converse(Call& call, const StreamsWanted& wanted, const StartSession& start) {
  const auto client = accept_streams(call, wanted);
  if (!client) return;
  const auto session = start();
  if (!session) {
    text::Value status = kube::to_status_object(session.error());
    status["reason"] = "InternalError";
    status["code"] = 500;
    client->finish(status);
    // So long as the client reads it.
    while (true)
      if (const auto piece = client->read(); !piece || !*piece) return;
  }
  Conversation(*client, **session).run();
}

}  // namespace

void answer_exec(kube::StoreApi& api, kube::NodeApi* node, const kube::ObjectRef& pod, Call& call) {
  const auto target = find_target(api, node, pod, "exec into", call);
  if (!target) return;
  const auto wanted = read_wishes(call, false);
  if (!wanted) return;
  kube::ExecRequest request;
  request.pod_uid = target->pod_uid;
  request.container = target->name;
  request.command = call.queries("command");
  request.in = wanted->in;
  request.out = wanted->out;
  request.err = wanted->err;
  request.tty = wanted->tty;
  if (request.command.empty())
    return refuse_call(call, 400, "BadRequest",
                       "you must specify at least 1 command for the container");
  converse(call, *wanted, [&] { return node->exec(request); });
}

void answer_attach(kube::StoreApi& api, kube::NodeApi* node, const kube::ObjectRef& pod,
                   Call& call) {
  const auto target = find_target(api, node, pod, "attach to", call);
  if (!target) return;
  auto wanted = read_wishes(call, true);
  if (!wanted) return;
  if (wanted->in)
    return refuse_call(
        call, 400, "BadRequest",
        fmt::format("container {} has no stdin to attach to (spec.containers[].stdin "
                    "is not true): attach without -i",
                    target->name));
  if (wanted->tty)
    return refuse_call(
        call, 400, "BadRequest",
        fmt::format("container {} did not allocate a TTY: attach without -t", target->name));
  converse(call, *wanted, [&] { return node->attach(target->pod_uid, target->name); });
}

}  // namespace server
