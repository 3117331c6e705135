#include "control/start_queue.h"

#include <fmt/format.h>

#include <charconv>

#include "text/json.h"

namespace control {
namespace {

constexpr std::string_view kLimitLabel = "workflows.argoproj.io/parallelism-limit";

}  // namespace

base::Status StartQueue::open() {
  if (settings_watch_ && namespace_watch_) return {};
  auto settings = api_.store().watch("configmaps", std::string(kSettingsNamespace), 0);
  if (!settings) return base::fail(settings.error());
  auto namespaces = api_.store().watch("namespaces", "", 0);
  if (!namespaces) return base::fail(namespaces.error());
  auto stored =
      api_.store().get({"configmaps", std::string(kSettingsNamespace), std::string(kSettingsName)});
  if (!stored && stored.error().code != base::Code::kNotFound) return base::fail(stored.error());
  store::ListQuery query;
  query.resource = "namespaces";
  auto page = api_.store().list(query);
  if (!page) return base::fail(page.error());
  for (const store::Object& object : page->objects) take_namespace(object, false);
  take_settings(stored ? &*stored : nullptr);
  settings_watch_ = std::move(*settings);
  namespace_watch_ = std::move(*namespaces);
  return {};
}

base::Status StartQueue::gather() {
  for (auto* watch : {&settings_watch_, &namespace_watch_}) {
    if (!*watch) continue;
    auto changes = (*watch)->next(0, nullptr);
    if (!changes && changes.error().code == base::Code::kGone) {
      watch->reset();
      return open();
    }
    if (!changes) return base::fail(changes.error());
    for (const store::Change& change : *changes) {
      const bool is_deleted = change.type == store::Change::Type::kDeleted;
      if (watch == &namespace_watch_)
        take_namespace(*change.object, is_deleted);
      else if (change.object->key.name == kSettingsName)
        take_settings(is_deleted ? nullptr : change.object.get());
    }
  }
  return {};
}

std::vector<int> StartQueue::fds() const {
  return {settings_watch_ ? settings_watch_->fd() : -1,
          namespace_watch_ ? namespace_watch_->fd() : -1};
}

void StartQueue::take_settings(const store::Object* object) {
  settings_ = Settings();
  if (object != nullptr)
    if (const auto value = text::parse_json(object->json)) {
      SettingsReport report = read_settings(*value);
      for (const std::string& error : report.errors)
        log_(fmt::format("{}: {}", kSettingsName, error));
      settings_ = std::move(report.settings);
    }
  throttle_.set_limits(settings_.parallelism, settings_.namespace_parallelism);
}

// As Argo: a label that is no number counts as none.
void StartQueue::take_namespace(const store::Object& object, bool is_deleted) {
  std::optional<size_t> limit;
  for (const auto& [key, value] : object.labels) {
    size_t number = 0;
    if (key != kLimitLabel || is_deleted) continue;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc() && end == value.data() + value.size()) limit = number;
  }
  throttle_.set_namespace_limit(object.key.name, limit);
}

void StartQueue::enter(Run& run) {
  if (!run.state) return;
  run.waits_to_start = run.is_fresh;
  if (run.waits_to_start)
    throttle_.add_waiting(run.uid, run.key.namespace_, run.priority, run.created_revision);
  else
    throttle_.add_running(run.uid, run.key.namespace_);
}

void StartQueue::begin_at_once(Run& run) {
  if (!std::exchange(run.waits_to_start, false)) return;
  throttle_.add_running(run.uid, run.key.namespace_);
}

void StartQueue::leave(const Run& run) { throttle_.remove(run.uid); }

engine::Summary postponed_summary() {
  engine::Summary out;
  out.phase = engine::Phase::kPending;
  out.message = kPostponed;
  return out;
}

}  // namespace control
