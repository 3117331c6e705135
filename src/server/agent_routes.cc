#include "server/agent_routes.h"

#include "kube/status_update.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

Value to_value(const kube::ImageInfo& image) {
  Value out;
  out["name"] = image.name;
  out["digest"] = image.digest;
  out["sizeBytes"] = static_cast<int64_t>(image.size_bytes);
  if (image.pulled_at.is_set()) out["pulledAt"] = base::to_rfc3339(image.pulled_at);
  return out;
}

void list_images(kube::NodeApi& node, Call& call) {
  auto images = node.images();
  if (!images) return call.fail(images.error());
  text::List rows;
  for (const kube::ImageInfo& image : *images) rows.push_back(to_value(image));
  Value out;
  out["images"] = std::move(rows);
  call.reply(out);
}

void pull_image(kube::NodeApi& node, Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  const std::string name(body->string_at("name"));
  if (name.empty()) return call.fail({base::Code::kInvalid, "the name of the image is missing"});
  LineStream stream(call, false);
  auto image = node.pull_image(name, [&](std::string_view progress) {
    Value line;
    line["progress"] = progress;
    return stream.send(text::to_json(line));
  });
  if (image) {
    Value line;
    line["image"] = to_value(*image);
    stream.send(text::to_json(line));
  } else {
    stream.send_error(image.error());
  }
  call.out.end();
}

void import_image(kube::NodeApi& node, Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  const std::string_view path = body->string_at("path");
  if (!path.starts_with('/'))
    return call.fail({base::Code::kInvalid, "the path of the archive must be absolute"});
  auto image = node.import_image(path, body->string_at("name"));
  if (!image) return call.fail(image.error());
  Value out;
  out["image"] = to_value(*image);
  call.reply(out);
}

void remove_image(kube::NodeApi& node, Call& call) {
  const std::string_view name = call.query("name");
  if (name.empty()) return call.fail({base::Code::kInvalid, "the name of the image is missing"});
  if (auto removed = node.remove_image(name); !removed) return call.fail(removed.error());
  call.reply_json("{}");
}

void prune_images(kube::NodeApi& node, Call& call) {
  auto freed = node.prune_images();
  if (!freed) return call.fail(freed.error());
  Value out;
  out["bytesFreed"] = static_cast<int64_t>(*freed);
  call.reply(out);
}

void take_statuses(kube::StoreApi& api, Call& call) {
  auto body = call.body();
  if (!body) return call.fail(body.error());
  const auto updates = kube::read_status_updates(std::move(*body));
  if (!updates) return call.fail(updates.error());
  call.reply_json(kube::to_json(api.update_statuses(*updates)));
}

void doctor(kube::NodeApi& node, Call& call) {
  auto findings = node.doctor();
  if (!findings) return call.fail(findings.error());
  text::List rows;
  for (const kube::DoctorFinding& finding : *findings) {
    Value row;
    row["ok"] = finding.ok;
    row["fatal"] = finding.fatal;
    row["what"] = finding.what;
    row["detail"] = finding.detail;
    row["advice"] = finding.advice;
    rows.push_back(std::move(row));
  }
  Value out;
  out["findings"] = std::move(rows);
  call.reply(out);
}

}  // namespace

std::vector<Route> agent_routes(kube::StoreApi& api, kube::NodeApi* node) {
  auto ask = [node](void (*answer)(kube::NodeApi&, Call&)) {
    return [node, answer](Call& call) {
      if (node != nullptr) return answer(*node, call);
      call.fail({base::Code::kUnavailable, "this server has no node agent"});
    };
  };
  return {
      {"GET", "/api/v1/agent/images", ask(list_images)},
      {"POST", "/api/v1/agent/images", ask(pull_image)},
      {"DELETE", "/api/v1/agent/images", ask(remove_image)},
      {"POST", "/api/v1/agent/images/import", ask(import_image)},
      {"POST", "/api/v1/agent/images/prune", ask(prune_images)},
      {"GET", "/api/v1/agent/doctor", ask(doctor)},
      {"POST", std::string(kube::kStatusesPath), [&api](Call& call) { take_statuses(api, call); }},
  };
}

}  // namespace server
