#include "control/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/quantity.h"
#include "text/yaml.h"

namespace control {
namespace {

using text::Value;

// Argo's, that do nothing here.
constexpr std::string_view kWithoutEffect[] = {"artifactDrivers",
                                               "artifactRepository",
                                               "columns",
                                               "executor",
                                               "failedPodRestart",
                                               "images",
                                               "initialDelay",
                                               "instanceID",
                                               "kubeConfig",
                                               "links",
                                               "mainContainer",
                                               "metricsConfig",
                                               "namespace",
                                               "navColor",
                                               "persistence",
                                               "podSpecLogStrategy",
                                               "podGCGracePeriodSeconds",
                                               "resourceRateLimit",
                                               "sso",
                                               "synchronization",
                                               "telemetryConfig",
                                               "tracingConfig"};

class Reader {
 public:
  SettingsReport read(const Value& config_map);

 private:
  void take(const std::string& key, const Value& value);
  void take_defaults(const Value& value);
  std::optional<size_t> count(const std::string& key, const Value& value);
  void take_retention(const Value& value);
  void take_restrictions(const Value& value);
  bool enabled(const std::string& key, const Value& value);
  void error(std::string text) { out_.errors.push_back(std::move(text)); }

  SettingsReport out_;
};

std::optional<size_t> Reader::count(const std::string& key, const Value& value) {
  const auto number = value.to_int();
  if (number && *number >= 0) return static_cast<size_t>(*number);
  error(fmt::format("{}: expected a whole number that is not negative, got \"{}\"", key,
                    value.to_any_string()));
  return std::nullopt;
}

bool Reader::enabled(const std::string& key, const Value& value) {
  const Value* word = value.find("enabled");
  if (word == nullptr || word->is_null()) return true;
  if (!word->is_bool()) {
    error(key + ".enabled: expected true or false");
    return true;
  }
  return word->as_bool();
}

// Argo keeps as many as the numbers say, none of a phase without one.
void Reader::take_retention(const Value& value) {
  if (!value.is_map()) return error("retentionPolicy: expected completed, failed and errored");
  Settings& to = out_.settings;
  for (const text::Member& member : value.as_map())
    if (member.key != "completed" && member.key != "failed" && member.key != "errored")
      error(fmt::format("retentionPolicy.{}: unknown, expected completed, failed or errored",
                        member.key));
  for (const auto& [key, into] : {std::pair{"completed", &to.keep_succeeded},
                                  {"failed", &to.keep_failed},
                                  {"errored", &to.keep_errored}}) {
    const Value* number = value.find(key);
    *into =
        number == nullptr ? std::nullopt : count(std::string("retentionPolicy.") + key, *number);
  }
}

void Reader::take_restrictions(const Value& value) {
  if (!value.is_map()) return error("workflowRestrictions: expected templateReferencing");
  for (const text::Member& member : value.as_map()) {
    const std::string word = member.value.to_any_string();
    if (member.key != "templateReferencing")
      error(fmt::format("workflowRestrictions.{}: unknown, expected templateReferencing",
                        member.key));
    else if (word == "Strict")
      out_.settings.template_referencing = TemplateReferencing::kStrict;
    else if (word == "Secure")
      out_.settings.template_referencing = TemplateReferencing::kSecure;
    else if (!word.empty())
      error(
          fmt::format("workflowRestrictions.templateReferencing: expected Strict or Secure, got "
                      "\"{}\"",
                      word));
  }
}

void Reader::take_defaults(const Value& value) {
  if (!value.is_map()) return error("workflowDefaults: expected metadata and spec");
  for (const text::Member& member : value.as_map()) {
    const bool known = member.key == "metadata" || member.key == "spec" ||
                       member.key == "apiVersion" || member.key == "kind";
    if (!known) return error("workflowDefaults." + member.key + ": expected metadata or spec");
    if ((member.key == "metadata" || member.key == "spec") && !member.value.is_map())
      return error("workflowDefaults." + member.key + ": expected a map");
  }
  out_.settings.workflow_defaults = value;
}

void Reader::take(const std::string& key, const Value& value) {
  Settings& to = out_.settings;
  if (key == "parallelism") {
    to.parallelism = count(key, value).value_or(0);
  } else if (key == "namespaceParallelism") {
    to.namespace_parallelism = count(key, value).value_or(0);
  } else if (key == "retentionPolicy") {
    take_retention(value);
  } else if (key == "workflowDefaults") {
    take_defaults(value);
  } else if (key == "workflowRestrictions") {
    take_restrictions(value);
  } else if (key == "podGCDeleteDelayDuration") {
    const auto delay = text::parse_duration(value.to_any_string());
    if (delay && delay->ns >= 0)
      to.pod_gc_delay = *delay;
    else
      error(fmt::format("{}: expected a duration as 5s, got \"{}\"", key, value.to_any_string()));
  } else if (key == "workflowEvents") {
    to.workflow_events = enabled(key, value);
  } else if (key == "nodeEvents") {
    to.node_events = enabled(key, value);
    if (value.find("sendAsPod") != nullptr)
      out_.warnings.emplace_back("nodeEvents.sendAsPod: has no effect here");
  } else if (std::find(std::begin(kWithoutEffect), std::end(kWithoutEffect), key) !=
             std::end(kWithoutEffect)) {
    out_.warnings.push_back(key + ": has no effect here");
  } else {
    out_.warnings.push_back(key + ": is not a setting");
  }
}

SettingsReport Reader::read(const Value& config_map) {
  const Value* data = config_map.find("data");
  if (data == nullptr || !data->is_map()) return std::move(out_);
  auto parsed = [&](const std::string& key, const Value& value) -> std::optional<Value> {
    if (!value.is_string()) return value;
    auto documents = text::parse_yaml(value.as_string(), key);
    if (!documents) {
      error(key + ": " + documents.error().text);
      return std::nullopt;
    }
    return documents->empty() ? Value() : std::move(documents->front());
  };
  for (const text::Member& member : data->as_map()) {
    const auto value = parsed(member.key, member.value);
    if (!value || value->is_null()) continue;
    if (member.key != "config") {
      take(member.key, *value);
    } else if (value->is_map()) {
      for (const text::Member& inner : value->as_map()) take(inner.key, inner.value);
    } else {
      error("config: expected a map");
    }
  }
  return std::move(out_);
}

}  // namespace

SettingsReport read_settings(const Value& config_map) { return Reader().read(config_map); }

base::Status check_settings(const Value& config_map, std::vector<std::string>& warnings) {
  SettingsReport report = read_settings(config_map);
  for (std::string& one : report.warnings) warnings.push_back(std::move(one));
  if (report.errors.empty()) return {};
  return base::fail(base::Code::kInvalid, fmt::format("{}", fmt::join(report.errors, "; ")));
}

}  // namespace control
