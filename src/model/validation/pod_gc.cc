// podGC: when the pods of a workflow are deleted, and which.
#include "model/validation/validator.h"

namespace model {

using text::Value;

namespace {

constexpr size_t kLongestLabel = 63, kLongestPrefix = 253;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Letters, digits, "-", "_" and ".", with a letter or digit at both ends.
bool is_label_word(std::string_view word) {
  if (word.empty() || word.size() > kLongestLabel) return false;
  if (!is_alnum(word.front()) || !is_alnum(word.back())) return false;
  for (const char c : word)
    if (!is_alnum(c) && c != '-' && c != '_' && c != '.') return false;
  return true;
}

// Small letters, digits, "-" and ".", each part with a letter or digit at both ends.
bool is_dns_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestPrefix) return false;
  for (std::string_view rest = name;;) {
    const size_t end = rest.find('.');
    const std::string_view part = rest.substr(0, end);
    if (part.empty() || !is_alnum(part.front()) || !is_alnum(part.back())) return false;
    for (const char c : part)
      if (!is_alnum(c) && c != '-') return false;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  for (const char c : name)
    if (c >= 'A' && c <= 'Z') return false;
  return true;
}

}  // namespace

bool is_label_key(std::string_view key) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return is_label_word(key);
  return is_dns_name(key.substr(0, slash)) && is_label_word(key.substr(slash + 1));
}

bool is_label_value(std::string_view value) { return value.empty() || is_label_word(value); }

void Validator::check_pod_gc() {
  const Site own{&own_, mode_.spec_path, ""};
  const Value& gc = workflow_.spec.pod_gc;
  const std::string_view strategy = gc.string_at("strategy");
  constexpr std::string_view kKnown[] = {"", "OnPodCompletion", "OnPodSuccess",
                                         "OnWorkflowCompletion", "OnWorkflowSuccess"};
  bool is_known = false;
  for (const std::string_view known : kKnown) is_known = is_known || strategy == known;
  if (!is_known)
    error(own, "podGC.strategy", "unknown-word",
          quote(strategy) +
              " is not a strategy of podGC: OnPodCompletion, OnPodSuccess, "
              "OnWorkflowCompletion or OnWorkflowSuccess");
  const auto check_key = [&](std::string_view key, const std::string& at) {
    if (!is_label_key(key))
      error(own, at, "bad-selector", quote(key) + " cannot be the key of a label");
  };
  const auto check_value = [&](const Value& value, const std::string& at) {
    if (value.is_string() && !is_label_value(value.as_string()))
      error(own, at, "bad-selector", quote(value.as_string()) + " cannot be a label's value");
  };
  const Value* labels = gc.find_path("labelSelector", "matchLabels");
  if (labels && labels->is_map()) {
    for (const text::Member& label : labels->as_map()) {
      check_key(label.key, "podGC.labelSelector.matchLabels");
      check_value(label.value, "podGC.labelSelector.matchLabels");
    }
  }
  const Value* expressions = gc.find_path("labelSelector", "matchExpressions");
  if (!expressions || !expressions->is_list()) return;
  for (size_t i = 0; i < expressions->as_list().size(); ++i) {
    const Value& expression = expressions->as_list()[i];
    const std::string_view op = expression.string_at("operator");
    const Value* values = expression.find("values");
    const bool has_values = values && values->is_list() && !values->as_list().empty();
    const bool is_list = op == "In" || op == "NotIn",
               is_lone = op == "Exists" || op == "DoesNotExist";
    const std::string at = "podGC.labelSelector.matchExpressions[" + std::to_string(i) + ']';
    if (!is_list && !is_lone)
      error(own, at, "unknown-word",
            quote(op) + " is not an operator: In, NotIn, Exists or DoesNotExist");
    else if (is_list != has_values)
      error(own, at, "bad-selector",
            std::string(op) + (is_list ? " needs values" : " takes no values"));
    check_key(expression.string_at("key"), at);
    if (has_values)
      for (const Value& value : values->as_list()) check_value(value, at);
  }
}

}  // namespace model
