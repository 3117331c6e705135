#include "kube/node_api_routes.h"

#include <charconv>
#include <optional>
#include <utility>

#include "base/time.h"
#include "kube/http_api.h"
#include "kube/node_api_json.h"
#include "kube/session_frames.h"
#include "text/json.h"

namespace kube {
namespace {

using base::Code;
using base::fail;

constexpr std::string_view kJson = "application/json";
constexpr size_t kChunk = 32 << 10;  // of log lines sent at once, unless they come slowly

void send_json(sys::HttpWriter& writer, const text::Value& body, int status = 200) {
  sys::HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", std::string(kJson)}};
  response.body = text::to_json(body);
  writer.send(std::move(response));
}

void send_error(sys::HttpWriter& writer, const base::Error& error) {
  send_json(writer, to_status_object(error), base::http_status(error.code));
}

// The decoded parameters of a target's query.
class Query {
 public:
  explicit Query(std::string_view query) {
    while (!query.empty()) {
      const size_t end = std::min(query.find('&'), query.size());
      const std::string_view pair = query.substr(0, end);
      const size_t equals = std::min(pair.find('='), pair.size());
      auto value = sys::percent_decode(pair.substr(std::min(equals + 1, pair.size())));
      if (value) values_.emplace_back(pair.substr(0, equals), std::move(*value));
      query.remove_prefix(std::min(end + 1, query.size()));
    }
  }
  std::string text(std::string_view name) const {
    for (const auto& [key, value] : values_)
      if (key == name) return value;
    return {};
  }
  bool flag(std::string_view name) const {
    const std::string value = text(name);
    return value == "true" || value == "1";
  }
  // kInvalid when it is there and no number.
  base::Result<std::optional<int64_t>> number(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < 0)
      return fail(Code::kInvalid, std::string(name) + ": \"" + value + "\" is no number");
    return number;
  }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

base::Result<LogOptions> log_options(const Query& query) {
  LogOptions options;
  if (std::string container = query.text("container"); !container.empty())
    options.container = std::move(container);
  options.follow = query.flag("follow");
  options.previous = query.flag("previous");
  options.timestamps = query.flag("timestamps");
  options.marks_stream = query.flag("marksStream");
  const auto tail = query.number("tailLines"), limit = query.number("limitBytes");
  if (!tail) return fail(tail.error());
  if (!limit) return fail(limit.error());
  options.tail_lines = *tail;
  options.limit_bytes = *limit;
  if (const std::string since = query.text("sinceTime"); !since.empty()) {
    const auto time = base::parse_rfc3339(since);
    if (!time) return fail(Code::kInvalid, "sinceTime: \"" + since + "\" is no RFC 3339 time");
    options.since = *time;
  }
  return options;
}

void serve_logs(NodeApi& api, std::string_view uid, const Query& query, sys::HttpWriter& writer) {
  const auto options = log_options(query);
  if (!options) return send_error(writer, options.error());
  bool begun = false;
  const auto begin = [&] {
    if (!std::exchange(begun, true)) writer.begin(200, {{"Content-Type", "text/plain"}});
  };
  std::string lines;
  const auto flush = [&] {
    const bool taken = lines.empty() || writer.write(lines);
    lines.clear();
    return taken;
  };
  const base::Status done = api.logs(uid, *options, [&](std::string_view line) {
    begin();
    if (line.starts_with('\0')) lines += '\0';
    lines.append(line).append(1, '\n');
    // Whoever follows wants each line as it comes.
    if (options->follow || lines.size() >= kChunk) return flush() && !writer.is_gone();
    return true;
  });
  if (!done && !begun) return send_error(writer, done.error());
  begin();
  if (!done) {
    lines += '\0';
    text::append_json(lines, to_status_object(done.error()));
    lines += '\n';
  }
  flush();
  writer.end();
}

void pull_image(NodeApi& api, const std::string& name, sys::HttpWriter& writer) {
  writer.begin(200, {{"Content-Type", std::string(kJson)}});
  const auto write_line = [&](std::string_view key, text::Value value) {
    text::Value line;
    line[key] = std::move(value);
    return writer.write(text::to_json(line) + "\n");
  };
  const auto image = api.pull_image(name, [&](std::string_view progress) {
    return write_line("progress", text::Value(progress)) && !writer.is_gone();
  });
  if (image)
    write_line("image", to_json_value(*image));
  else
    write_line("error", to_status_object(image.error()));
  writer.end();
}

void import_image(NodeApi& api, const text::Value& body, sys::HttpWriter& writer) {
  const auto image = api.import_image(body.string_at("path"), body.string_at("name"));
  if (!image) return send_error(writer, image.error());
  text::Value answer;
  answer["image"] = to_json_value(*image);
  send_json(writer, answer);
}

void list_images(NodeApi& api, sys::HttpWriter& writer) {
  const auto images = api.images();
  if (!images) return send_error(writer, images.error());
  text::Value answer;
  answer["images"] = text::List{};
  for (const ImageInfo& image : *images) answer["images"].as_list().push_back(to_json_value(image));
  send_json(writer, answer);
}

void prune_images(NodeApi& api, sys::HttpWriter& writer) {
  const auto freed = api.prune_images();
  if (!freed) return send_error(writer, freed.error());
  text::Value answer;
  answer["bytesFreed"] = static_cast<int64_t>(*freed);
  send_json(writer, answer);
}

void serve_doctor(NodeApi& api, sys::HttpWriter& writer) {
  const auto findings = api.doctor();
  if (!findings) return send_error(writer, findings.error());
  text::Value answer;
  answer["findings"] = text::List{};
  for (const DoctorFinding& finding : *findings)
    answer["findings"].as_list().push_back(to_json_value(finding));
  send_json(writer, answer);
}

void remove_image(NodeApi& api, const Query& query, sys::HttpWriter& writer) {
  const auto done = api.remove_image(query.text("name"));
  if (!done) return send_error(writer, done.error());
  send_json(writer, text::Map{});
}

// "/exec/{uid}", "/attach/{uid}", "/connect/{uid}": answered by an upgrade.
bool serve_upgrade(NodeApi& api, std::string_view path, const sys::HttpRequest& request,
                   sys::HttpWriter& writer) {
  const size_t slash = path.find('/', 1);
  if (slash == std::string_view::npos) return false;
  const std::string_view what = path.substr(1, slash - 1);
  if (what != "exec" && what != "attach" && what != "connect") return false;
  const auto uid = sys::percent_decode(path.substr(slash + 1));
  const auto body = text::parse_json(request.body);
  const bool is_port = what == "connect";
  if (!uid || !body) {
    send_error(writer, uid ? body.error() : uid.error());
  } else if (request.header("Upgrade") != (is_port ? kPortProtocol : kSessionProtocol)) {
    send_error(writer, {Code::kInvalid, "this is answered by an upgrade only"});
  } else if (is_port) {
    const text::Value* const port = body->find("port");
    const int64_t number = port ? port->to_int().value_or(0) : 0;
    if (number < 1 || number > 65535) {
      send_error(writer, {Code::kInvalid, "port: 1 to 65535"});
      return true;
    }
    const auto inside = api.connect(*uid, static_cast<uint16_t>(number));
    if (!inside) return send_error(writer, inside.error()), true;
    const auto outside = writer.upgrade({{"Upgrade", kPortProtocol}});
    if (outside) join_streams(**outside, **inside);
  } else {
    const auto session = what == "exec"
                             ? api.exec(parse_exec(*uid, *body))
                             : api.attach(*uid, std::string(body->string_at("container")));
    if (!session) return send_error(writer, session.error()), true;
    serve_session(**session, writer);
  }
  return true;
}

// POST with a JSON body; gives false when the path is none of these.
bool serve_post(NodeApi& api, std::string_view path, const sys::HttpRequest& request,
                sys::HttpWriter& writer) {
  if (path == "/images/prune") {
    prune_images(api, writer);
    return true;
  }
  if (serve_upgrade(api, path, request, writer)) return true;
  if (path != "/images/pull" && path != "/images/import") return false;
  const auto body = text::parse_json(request.body);
  if (!body)
    send_error(writer, body.error());
  else if (path == "/images/pull" && body->string_at("name").empty())
    send_error(writer, {Code::kInvalid, "name: which image?"});
  else if (path == "/images/pull")
    pull_image(api, std::string(body->string_at("name")), writer);
  else
    import_image(api, *body, writer);
  return true;
}

}  // namespace

bool serve_node_api(NodeApi& api, const sys::HttpRequest& request, sys::HttpWriter& writer) {
  const std::string_view target = request.target;
  const size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, mark);
  const Query query(target.substr(std::min(mark + 1, target.size())));
  const std::string& method = request.method;
  constexpr std::string_view kLogs = "/logs/";
  if (method == "POST") return serve_post(api, path, request, writer);
  if (method == "DELETE" && path == "/images") {
    remove_image(api, query, writer);
    return true;
  }
  if (method != "GET") return false;
  if (path == "/healthz") {
    sys::HttpResponse response;
    response.headers = {{"Content-Type", "text/plain"}};
    response.body = "ok";
    writer.send(std::move(response));
  } else if (path == "/images") {
    list_images(api, writer);
  } else if (path == "/doctor") {
    serve_doctor(api, writer);
  } else if (path.starts_with(kLogs)) {
    const auto uid = sys::percent_decode(path.substr(kLogs.size()));
    if (!uid)
      send_error(writer, uid.error());
    else
      serve_logs(api, *uid, query, writer);
  } else {
    return false;
  }
  return true;
}

}  // namespace kube
