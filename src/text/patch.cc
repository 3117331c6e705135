#include "text/patch.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace text {
namespace {

using Path = std::vector<std::string>;

base::Result<Path> parse_pointer(std::string_view text) {
  Path path;
  if (!text.empty() && text[0] != '/')
    return base::fail(base::Code::kInvalid,
                      fmt::format("the path \"{}\" of a JSON patch must begin with /", text));
  while (!text.empty()) {
    text.remove_prefix(1);
    std::string part(text.substr(0, text.find('/')));
    text.remove_prefix(part.size());
    for (size_t at = part.find('~'); at != std::string::npos; at = part.find('~', at + 1)) {
      const char mark = at + 1 < part.size() ? part[at + 1] : '\0';
      if (mark != '0' && mark != '1')
        return base::fail(base::Code::kInvalid, "in a JSON pointer ~ must be written ~0");
      part.replace(at, 2, mark == '0' ? "~" : "/");
    }
    path.push_back(std::move(part));
  }
  return path;
}

tl::unexpected<base::Error> no_such_path(std::string_view path) {
  return base::fail(base::Code::kInvalid, fmt::format("there is nothing at the path \"{}\"", path));
}

// An index into a list of `size`; "-" is `size`. Leading zeros are refused, as the RFC says.
std::optional<size_t> list_index(std::string_view text, size_t size) {
  if (text == "-") return size;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  size_t index = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || stop != text.data() + text.size() || text.empty())
    return std::nullopt;
  return index;
}

Value* child(Value& value, const std::string& part) {
  if (value.is_map()) return value.find(part);
  if (!value.is_list()) return nullptr;
  const auto index = list_index(part, value.as_list().size());
  return index && *index < value.as_list().size() ? &value.as_list()[*index] : nullptr;
}

Value* walk(Value& root, const Path& path, size_t parts) {
  Value* at = &root;
  for (size_t i = 0; i < parts && at; ++i) at = child(*at, path[i]);
  return at;
}

// One patch being applied; each verb of RFC 6902 is a function.
class Patcher {
 public:
  explicit Patcher(Value target) : root_(std::move(target)) {}

  base::Status apply(const Value& step) {
    const std::string_view op = step.string_at("op");
    const Value* path_text = step.find("path");
    if (!path_text || !path_text->is_string())
      return base::fail(base::Code::kInvalid, "a step of a JSON patch needs a \"path\"");
    path_text_ = path_text->as_string();
    auto path = parse_pointer(path_text_);
    if (!path) return base::fail(path.error());
    if (op == "remove") return remove(*path);
    if (op == "move" || op == "copy") return transfer(op, *path, step);
    const Value* value = step.find("value");
    if (op != "add" && op != "replace" && op != "test")
      return base::fail(base::Code::kInvalid,
                        fmt::format("unknown operation \"{}\" in a JSON patch", op));
    if (!value)
      return base::fail(base::Code::kInvalid, fmt::format("\"{}\" needs a \"value\"", op));
    if (op == "add") return add(*path, *value);
    Value* at = walk(root_, *path, path->size());
    if (!at) return no_such_path(path_text_);
    if (op == "test") {
      if (*at == *value) return {};
      return base::fail(base::Code::kInvalid,
                        fmt::format("the test of \"{}\" found another value", path_text_));
    }
    *at = *value;
    return {};
  }

  Value take() { return std::move(root_); }

 private:
  base::Status add(const Path& path, Value value) {
    if (path.empty()) {
      root_ = std::move(value);
      return {};
    }
    Value* parent = walk(root_, path, path.size() - 1);
    if (!parent) return no_such_path(path_text_);
    if (parent->is_map()) {
      parent->as_map().set(path.back(), std::move(value));
      return {};
    }
    if (!parent->is_list()) return no_such_path(path_text_);
    List& list = parent->as_list();
    const auto index = list_index(path.back(), list.size());
    if (!index || *index > list.size()) return no_such_path(path_text_);
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
    return {};
  }

  base::Status remove(const Path& path) {
    Value* parent = path.empty() ? nullptr : walk(root_, path, path.size() - 1);
    if (!parent || !child(*parent, path.back())) return no_such_path(path_text_);
    if (parent->is_map()) {
      parent->as_map().erase(path.back());
      return {};
    }
    List& list = parent->as_list();
    const size_t index = *list_index(path.back(), list.size());
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
    return {};
  }

  base::Status transfer(std::string_view op, const Path& path, const Value& step) {
    const auto from = parse_pointer(step.string_at("from"));
    if (!from) return base::fail(from.error());
    if (!step.find("from"))
      return base::fail(base::Code::kInvalid, fmt::format("\"{}\" needs a \"from\"", op));
    Value* source = walk(root_, *from, from->size());
    if (!source) return no_such_path(step.string_at("from"));
    Value value = *source;
    if (op == "move") {
      const bool inside =
          path.size() > from->size() && std::equal(from->begin(), from->end(), path.begin());
      if (inside) return base::fail(base::Code::kInvalid, "a value cannot move into itself");
      if (path == *from) return {};
      if (base::Status removed = remove(*from); !removed) return removed;
    }
    return add(path, std::move(value));
  }

  Value root_;
  std::string path_text_;
};

}  // namespace

base::Result<Value> apply_json_patch(Value target, const Value& patch) {
  if (!patch.is_list())
    return base::fail(base::Code::kInvalid,
                      fmt::format("a JSON patch is a list, this is {}", patch.kind_name()));
  Patcher patcher(std::move(target));
  for (const Value& step : patch.as_list())
    if (base::Status done = patcher.apply(step); !done) return base::fail(done.error());
  return patcher.take();
}

Value apply_merge_patch(Value target, const Value& patch) {
  if (!patch.is_map()) return patch;
  if (!target.is_map()) target = Value(Map());
  Map& map = target.as_map();
  for (const Member& member : patch.as_map()) {
    if (member.value.is_null()) {
      map.erase(member.key);
      continue;
    }
    Value* old = map.find(member.key);
    Value merged = apply_merge_patch(old ? std::move(*old) : Value(), member.value);
    map.set(member.key, std::move(merged));
  }
  return target;
}

Value make_merge_patch(const Value& from, const Value& to) {
  if (!from.is_map() || !to.is_map()) return to;
  Map patch;
  for (const Member& member : from.as_map())
    if (!to.find(member.key)) patch.append_unchecked({member.key, {}, Value()});
  for (const Member& member : to.as_map()) {
    const Value* old = from.find(member.key);
    if (old && *old == member.value) continue;
    // A map in place of something else is given whole: the patch would merge it into nothing.
    Value part = old && old->is_map() ? make_merge_patch(*old, member.value) : member.value;
    patch.append_unchecked({member.key, {}, std::move(part)});
  }
  return Value(std::move(patch));
}

}  // namespace text
