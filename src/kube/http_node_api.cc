#include "kube/http_node_api.h"

#include <optional>
#include <utility>

#include "kube/http_clients.h"
#include "kube/node_api_json.h"
#include "kube/session_frames.h"
#include "text/json.h"

namespace kube {
namespace {

using base::fail;
using OnLine = std::function<bool(std::string_view line)>;

// Cuts a stream into lines; a line that is not yet whole waits for its rest.
class LineCutter {
 public:
  explicit LineCutter(const OnLine& on_line) : on_line_(on_line) {}
  bool take(std::string_view bytes) {
    for (;;) {
      const size_t end = bytes.find('\n');
      if (end == std::string_view::npos) break;
      std::string_view line = bytes.substr(0, end);
      if (!rest_.empty()) line = rest_.append(line);
      const bool goes_on = on_line_(line);
      rest_.clear();
      if (!goes_on) return false;
      bytes.remove_prefix(end + 1);
    }
    rest_.append(bytes);
    return true;
  }

 private:
  const OnLine& on_line_;
  std::string rest_;
};

class HttpNodeApi final : public NodeApi {
 public:
  explicit HttpNodeApi(HttpClientFactory clients) : clients_(std::move(clients)) {}

  base::Status logs(std::string_view pod_uid, const LogOptions& options,
                    const OnLine& on_line) override;
  base::Result<std::unique_ptr<PodSession>> exec(const ExecRequest& request) override;
  base::Result<std::unique_ptr<PodSession>> attach(std::string_view pod_uid,
                                                   const std::string& container) override;
  base::Result<std::unique_ptr<sys::ByteStream>> connect(std::string_view pod_uid,
                                                         uint16_t port) override;
  base::Result<std::vector<ImageInfo>> images() override;
  base::Result<ImageInfo> pull_image(
      std::string_view name, const std::function<bool(std::string_view)>& on_progress) override;
  base::Result<ImageInfo> import_image(std::string_view path, std::string_view name) override;
  base::Status remove_image(std::string_view name) override;
  base::Result<uint64_t> prune_images() override;
  base::Result<std::vector<DoctorFinding>> doctor() override;

 private:
  struct Upgraded {
    std::unique_ptr<sys::HttpClient> client;
    std::unique_ptr<sys::ByteStream> stream;
  };
  base::Result<Upgraded> upgrade(const std::string& path, const text::Value& body,
                                 const char* protocol);

  HttpClients clients_;
};

// A stream whose client goes with it.
class OwnedStream final : public sys::ByteStream {
 public:
  OwnedStream(std::unique_ptr<sys::HttpClient> client, std::unique_ptr<sys::ByteStream> stream)
      : client_(std::move(client)), stream_(std::move(stream)) {}
  base::Status write(std::string_view bytes) override { return stream_->write(bytes); }
  base::Result<size_t> read(char* into, size_t count) override {
    return stream_->read(into, count);
  }
  bool is_stale() const override { return stream_->is_stale(); }
  void cancel() override { client_->cancel(); }
  bool has_hung_up() const override { return stream_->has_hung_up(); }
  void end_writing() override { stream_->end_writing(); }

 private:
  const std::unique_ptr<sys::HttpClient> client_;  // outlives its stream
  const std::unique_ptr<sys::ByteStream> stream_;
};

base::Status HttpNodeApi::logs(std::string_view pod_uid, const LogOptions& options,
                               const OnLine& on_line) {
  const auto number = [](const std::optional<int64_t>& value) {
    return value ? std::to_string(*value) : std::string();
  };
  const auto flag = [](bool value) { return value ? "true" : ""; };
  Target target("/logs/" + sys::percent_encode(pod_uid));
  target.with("container", options.container).with("follow", flag(options.follow));
  target.with("previous", flag(options.previous)).with("timestamps", flag(options.timestamps));
  target.with("marksStream", flag(options.marks_stream));
  target.with("tailLines", number(options.tail_lines));
  target.with("limitBytes", number(options.limit_bytes));
  if (options.since.is_set()) target.with("sinceTime", base::to_rfc3339_nano(options.since));
  std::optional<base::Error> trailer;
  const OnLine on_wire_line = [&](std::string_view line) {
    if (!line.starts_with('\0')) return on_line(line);
    line.remove_prefix(1);
    if (line.starts_with('\0')) return on_line(line);
    const auto status = text::parse_json(line);
    trailer = error_from_status(status ? *status : text::Value(), 500);
    return false;
  };
  LineCutter lines(on_wire_line);
  const auto done = clients_.stream(request_of("GET", target),
                                    [&](std::string_view bytes) { return lines.take(bytes); });
  if (trailer) return fail(*trailer);
  return done ? base::Status() : fail(done.error());
}

base::Result<HttpNodeApi::Upgraded> HttpNodeApi::upgrade(const std::string& path,
                                                         const text::Value& body,
                                                         const char* protocol) {
  Upgraded out;
  out.client = clients_.make();
  sys::HttpRequest request = request_of("POST", Target(path), body);
  request.headers.emplace_back("Connection", "Upgrade");
  request.headers.emplace_back("Upgrade", protocol);
  auto answer = out.client->upgrade(request);
  if (!answer) return fail(answer.error());
  if (answer->stream == nullptr) return fail(error_from_response(answer->response));
  out.stream = std::move(answer->stream);
  return out;
}

base::Result<std::unique_ptr<PodSession>> HttpNodeApi::exec(const ExecRequest& request) {
  auto wire = upgrade("/exec/" + sys::percent_encode(request.pod_uid), to_json_value(request),
                      kSessionProtocol);
  if (!wire) return fail(wire.error());
  return make_wire_session(std::move(wire->client), std::move(wire->stream));
}

base::Result<std::unique_ptr<PodSession>> HttpNodeApi::attach(std::string_view pod_uid,
                                                              const std::string& container) {
  text::Value body;
  body["container"] = container;
  auto wire = upgrade("/attach/" + sys::percent_encode(pod_uid), body, kSessionProtocol);
  if (!wire) return fail(wire.error());
  return make_wire_session(std::move(wire->client), std::move(wire->stream));
}

base::Result<std::unique_ptr<sys::ByteStream>> HttpNodeApi::connect(std::string_view pod_uid,
                                                                    uint16_t port) {
  text::Value body;
  body["port"] = int64_t{port};
  auto wire = upgrade("/connect/" + sys::percent_encode(pod_uid), body, kPortProtocol);
  if (!wire) return fail(wire.error());
  return std::make_unique<OwnedStream>(std::move(wire->client), std::move(wire->stream));
}

base::Result<std::vector<ImageInfo>> HttpNodeApi::images() {
  const auto body = clients_.send_json(request_of("GET", Target("/images")));
  if (!body) return fail(body.error());
  std::vector<ImageInfo> images;
  if (const text::Value* list = body->find("images"); list && list->is_list())
    for (const text::Value& image : list->as_list()) images.push_back(parse_image(image));
  return images;
}

base::Result<ImageInfo> HttpNodeApi::pull_image(
    std::string_view name, const std::function<bool(std::string_view)>& on_progress) {
  text::Value body;
  body["name"] = name;
  std::optional<base::Result<ImageInfo>> end;
  const OnLine on_line = [&](std::string_view line) {
    const auto value = text::parse_json(line);
    if (!value) return true;
    if (const text::Value* progress = value->find("progress"))
      return on_progress(progress->to_any_string());
    if (const text::Value* image = value->find("image")) end = parse_image(*image);
    if (const text::Value* error = value->find("error")) end = fail(error_from_status(*error, 500));
    return true;
  };
  LineCutter lines(on_line);
  const auto done = clients_.stream(request_of("POST", Target("/images/pull"), body),
                                    [&](std::string_view bytes) { return lines.take(bytes); });
  if (end) return *end;
  if (!done) return fail(done.error());
  return fail(base::Code::kUnavailable, "the pull of " + std::string(name) + " was cut off");
}

base::Result<ImageInfo> HttpNodeApi::import_image(std::string_view path, std::string_view name) {
  text::Value body;
  body["path"] = path;
  body["name"] = name;
  const auto answer = clients_.send_json(request_of("POST", Target("/images/import"), body));
  if (!answer) return fail(answer.error());
  const text::Value* image = answer->find("image");
  return parse_image(image ? *image : text::Value());
}

base::Status HttpNodeApi::remove_image(std::string_view name) {
  const auto done = clients_.send(request_of("DELETE", Target("/images").with("name", name)));
  return done ? base::Status() : fail(done.error());
}

base::Result<uint64_t> HttpNodeApi::prune_images() {
  const auto answer = clients_.send_json(request_of("POST", Target("/images/prune")));
  if (!answer) return fail(answer.error());
  const text::Value* freed = answer->find("bytesFreed");
  return freed ? static_cast<uint64_t>(freed->to_int().value_or(0)) : 0;
}

base::Result<std::vector<DoctorFinding>> HttpNodeApi::doctor() {
  const auto body = clients_.send_json(request_of("GET", Target("/doctor")));
  if (!body) return fail(body.error());
  std::vector<DoctorFinding> findings;
  if (const text::Value* list = body->find("findings"); list && list->is_list())
    for (const text::Value& finding : list->as_list()) findings.push_back(parse_finding(finding));
  return findings;
}

}  // namespace

std::unique_ptr<NodeApi> make_http_node_api(HttpClientFactory clients) {
  return std::make_unique<HttpNodeApi>(std::move(clients));
}

}  // namespace kube
