#include "play/guesses.h"

#include <algorithm>
#include <iterator>

#include "base/hash.h"
#include "play/saved.h"
#include "play/uses.h"
#include "text/json.h"

namespace play {
namespace {

using text::Value;

bool insert_all(std::set<std::string>& into, const std::set<std::string>& from) {
  const size_t before = into.size();
  into.insert(from.begin(), from.end());
  return into.size() != before;
}

// Two elements: enough to see that it is a loop.
std::string list_of(const Use& use) {
  text::List out;
  for (const char* number : {"1", "2"}) {
    if (use.item_keys.empty()) {
      out.emplace_back(std::string("item-") + number);
      continue;
    }
    Value element;
    for (const std::string& key : use.item_keys) element[key] = key + "-" + number;
    out.push_back(std::move(element));
  }
  return text::to_json(Value(std::move(out)));
}

bool has(const std::vector<std::pair<std::string, std::string>>& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.first == name; });
}

}  // namespace

bool Use::add(const Use& other) {
  const bool newly_looped = other.looped && !looped;
  looped = looped || other.looped;
  const bool keys = insert_all(item_keys, other.item_keys);
  return insert_all(words, other.words) || keys || newly_looped;
}

Guesses::Guesses(const model::WorkflowSpec& spec, GuessOptions options)
    : options_(options), uses_(find_uses(spec)) {
  for (const model::Template& tmpl : spec.templates)
    for (const model::Parameter& output : tmpl.outputs.parameters)
      if (output.value_from && output.value_from->supplied)
        supplied_[tmpl.name].push_back(output.name);
}

std::string Guesses::guess(const Asked& asked, const std::string& output,
                           std::string without) const {
  const std::string step(asked.state.view(asked.node).task_name);
  const auto found = uses_.find(step + "." + output);
  if (found == uses_.end()) return without;
  const Use& use = found->second;
  if (use.looped) return list_of(use);
  if (use.words.empty()) return without;
  const uint64_t chance =
      base::fnv1a64(std::to_string(options_.seed) + ":" + asked.name + ":" + output);
  return *std::next(use.words.begin(), static_cast<int64_t>(chance % use.words.size()));
}

void Guesses::complete(const Asked& asked, PodAnswer& answer) const {
  if (answer.outcome != engine::PodEnded::Outcome::kSucceeded) return;
  if (!answer.result && asked.state.wants_result(asked.node))
    answer.result = guess(asked, "result", asked.template_name);
  const auto json = asked.state.pod_template(asked.node);
  const auto made = json ? text::parse_json(*json) : tl::unexpected(json.error());
  if (made) {
    std::string lacking;
    answer.artifacts = saved_artifacts(*made, answer.missing_parameters, lacking);
    if (!lacking.empty()) {
      answer.outcome = engine::PodEnded::Outcome::kError;
      if (answer.message.empty())
        answer.message = "failed to save outputs: artifact " + lacking + " was not there";
    }
  }
  const Value* list = made ? made->find_path("outputs", "parameters") : nullptr;
  if (list == nullptr || !list->is_list()) return;
  for (const Value& output : list->as_list()) {
    const std::string name(output.string_at("name"));
    const auto& missing = answer.missing_parameters;
    if (has(answer.parameters, name) ||
        std::find(missing.begin(), missing.end(), name) != missing.end())
      continue;
    const Value* default_ = output.find_path("valueFrom", "default");
    answer.parameters.emplace_back(
        name,
        guess(asked, "parameters." + name, default_ != nullptr ? default_->to_any_string() : name));
  }
}

base::Result<PodAnswer> Guesses::pod(const Asked& asked) {
  PodAnswer out;
  out.running = options_.running;
  complete(asked, out);
  return out;
}

std::optional<ResumeAnswer> Guesses::resume(const Asked&) { return std::nullopt; }

std::optional<ResumeAnswer> Guesses::resume_at_last(const Asked& asked) {
  if (!options_.resumes) return std::nullopt;
  ResumeAnswer out;
  if (const auto found = supplied_.find(asked.template_name); found != supplied_.end())
    for (const std::string& name : found->second)
      out.parameters.emplace_back(name, guess(asked, "parameters." + name, name));
  return out;
}

}  // namespace play
