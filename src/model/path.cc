#include "model/path.h"

#include <charconv>
#include <optional>

namespace model {

namespace {

bool is_plain(std::string_view key) {
  if (key.empty()) return false;
  for (const char c : key) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    if (!plain) return false;
  }
  return true;
}

struct Step {
  std::string key;
  std::optional<size_t> index;
};

// Takes one step off the front of the path; nothing when it is at its end or not well formed.
std::optional<Step> take_step(std::string_view& path) {
  if (path.empty()) return std::nullopt;
  if (path[0] != '[') {
    if (path[0] == '.') path.remove_prefix(1);
    const size_t end = std::min(path.find_first_of(".["), path.size());
    Step step{std::string(path.substr(0, end)), {}};
    path.remove_prefix(end);
    return step;
  }
  if (path.size() > 1 && path[1] == '"') {
    const size_t end = path.find("\"]", 2);
    if (end == std::string_view::npos) return std::nullopt;
    Step step{std::string(path.substr(2, end - 2)), {}};
    path.remove_prefix(end + 2);
    return step;
  }
  const size_t end = path.find(']');
  size_t index = 0;
  if (end == std::string_view::npos) return std::nullopt;
  if (std::from_chars(path.data() + 1, path.data() + end, index).ptr != path.data() + end)
    return std::nullopt;
  path.remove_prefix(end + 1);
  return Step{{}, index};
}

struct Found {
  const text::Value* value;
  text::Place place;
  bool whole;  // the path was walked to its end
};

Found walk(const text::Value& root, std::string_view path) {
  Found at{&root, root.place, true};
  while (std::optional<Step> step = take_step(path)) {
    if (step->index) {
      if (!at.value->is_list() || *step->index >= at.value->as_list().size())
        return {at.value, at.place, false};
      at.value = &at.value->as_list()[*step->index];
      at.place = at.value->place;
      continue;
    }
    const text::Member* member =
        at.value->is_map() ? at.value->as_map().find_member(step->key) : nullptr;
    if (!member) return {at.value, at.place, false};
    at.value = &member->value;
    at.place = member->key_place.line ? member->key_place : member->value.place;
  }
  return at;
}

}  // namespace

std::string_view Path::key() const {
  const Path* at = this;
  while (at->is_index_) at = at->parent_;
  return at->key_;
}

std::string Path::to_string() const {
  std::string out;
  append_to(out);
  return out;
}

void Path::append_to(std::string& out) const {
  if (parent_) parent_->append_to(out);
  if (is_index_) {
    out += '[' + std::to_string(index_) + ']';
  } else if (!parent_ || is_plain(key_)) {
    if (parent_ && !out.empty()) out += '.';
    out += key_;
  } else {
    out += "[\"" + std::string(key_) + "\"]";
  }
}

const text::Value* find_at(const text::Value& root, std::string_view path) {
  const Found at = walk(root, path);
  return at.whole ? at.value : nullptr;
}

text::Place place_at(const text::Value& root, std::string_view path) {
  return walk(root, path).place;
}

}  // namespace model
