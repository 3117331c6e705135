#include "text/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <cassert>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "text/base64.h"
#include "text/json.h"
#include "text/nesting.h"
#include "text/yaml_scalar.h"
#include "text/yaml_tabs.h"

namespace text {
namespace {

constexpr size_t kAliasBytesMost = 10u << 20;
constexpr size_t kAnchorBytesMost = 100u << 20;
constexpr size_t kMistakesMost = 1000;
constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

std::string_view chars(const yaml_char_t* text) {
  return text ? reinterpret_cast<const char*>(text) : std::string_view();
}

// An event of libyaml that frees itself.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  yaml_event_t* fresh() {
    yaml_event_delete(&event_);
    return &event_;
  }
  const yaml_event_t& operator*() const { return event_; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_{};
};

// What a value costs when an alias repeats it: bytes of about its size in memory, and levels.
struct Size {
  size_t bytes = sizeof(Value);
  int height = 0;
};

Size size_of(const Value& value) {
  Size size;
  const auto add = [&](const Value& inner) {
    const Size part = size_of(inner);
    size.bytes += part.bytes;
    size.height = std::max(size.height, part.height + 1);
  };
  if (value.is_string()) size.bytes += value.as_string().size();
  if (value.is_list())
    for (const Value& item : value.as_list()) add(item);
  if (value.is_map()) {
    for (const Member& member : value.as_map()) {
      size.bytes += member.key.size();
      add(member.value);
    }
  }
  return size;
}

// Builds Values from libyaml's events, one event ahead. Each read_… gives false after it has set
// error_. What does not call itself again is kept out of line: a thousand levels must fit on the
// stack of any thread, under the sanitizers too.
class Loader {
 public:
  // With a `reading` mistakes go there where reading can go on. `tabs` (or null) are those that the
  // source had.
  Loader(std::string_view source, std::string_view file, Reading* reading, const TabMender* tabs)
      : source_(source), file_(file), reading_(reading), tabs_(tabs) {
    const int made = yaml_parser_initialize(&parser_);
    assert(made);  // fails only without memory
    (void)made;
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(source.data()),
                                 source.size());
  }
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader() { yaml_parser_delete(&parser_); }

  // The documents up to the first mistake behind which nothing can be read: that one is error().
  bool load(std::vector<Value>& documents) {
    for (;;) {
      if (!next()) return false;
      if (event_->type == YAML_STREAM_END_EVENT) return true;
      if (event_->type != YAML_DOCUMENT_START_EVENT) continue;
      Value document;
      anchors_.clear();
      if (!next() || !read(document)) return false;
      if (!document.is_null()) documents.push_back(std::move(document));
    }
  }
  const base::Error& error() const { return error_; }
  bool stopped_by_tab() const { return stopped_by_tab_; }

 private:
  struct Anchor {
    Value value;
    Size size;
    bool open = true;  // its value is still being read
  };

  Place place_of(const yaml_mark_t& mark) const {
    const Place place{static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
    return tabs_ ? tabs_->original(place) : place;
  }

  [[gnu::noinline]] bool complain(Place place, std::string message, std::string hint = {}) {
    error_ = {base::Code::kInvalid,
              std::move(message),
              {std::string(file_), place.line, place.column},
              std::move(hint)};
    return false;
  }

  // After complain(): whether to read on without the value.
  [[gnu::noinline]] bool survive() {
    if (reading_) note(reading_->mistakes);
    return reading_ != nullptr;
  }

  void note(std::vector<base::Error>& mistakes) const {
    if (mistakes.size() < kMistakesMost) mistakes.push_back(error_);
  }

  bool next() {
    if (yaml_parser_parse(&parser_, event_.fresh())) return true;
    return explain_parser();
  }

  // libyaml's own words, or better ones for the mistakes that people make.
  bool explain_parser() {
    if (parser_.error == YAML_MEMORY_ERROR) return complain({}, "not enough memory for this text");
    if (parser_.error == YAML_READER_ERROR) {
      Place place{1, 1};
      for (const char c : source_.substr(0, parser_.problem_offset)) {
        if (c == '\n')
          place = {place.line + 1, 1};
        else if ((static_cast<uint8_t>(c) & 0xC0) != 0x80)
          ++place.column;
      }
      return complain(place, fmt::format("this is no YAML text: {}", parser_.problem));
    }
    const Place place = place_of(parser_.problem_mark);
    for (uint32_t line = place.line; line > 0 && line + 2 > place.line; --line) {
      const uint32_t column = indenting_tab(source_, line);
      if (column == 0) continue;
      stopped_by_tab_ = true;
      return complain({line, column}, "a tab cannot indent YAML", "use spaces");
    }
    const std::string_view problem = parser_.problem;
    std::string message(problem);
    if (parser_.context) {
      message += fmt::format(" {}", parser_.context);
      if (parser_.context_mark.line != parser_.problem_mark.line)
        message += fmt::format(" that begins on line {}", parser_.context_mark.line + 1);
    }
    std::string hint;
    if (problem.starts_with("mapping values are not allowed"))
      hint = "check the indentation; a value with \": \" inside needs quotes";
    else if (problem.starts_with("did not find expected"))
      hint = "check the indentation of this line and of the line above";
    else if (problem.starts_with("found character that cannot start"))
      hint = "put quotes around this value";
    return complain(place, std::move(message), std::move(hint));
  }

  // The value of event_, whole; leaves event_ on its last event.
  bool read(Value& out) {
    switch (event_->type) {
      case YAML_ALIAS_EVENT:
        return read_alias(out);
      case YAML_SCALAR_EVENT:
        return read_scalar(out);
      case YAML_SEQUENCE_START_EVENT:
        return read_list(out);
      case YAML_MAPPING_START_EVENT:
        return read_map(out);
      default:
        break;
    }
    return complain(place_of(event_->start_mark), "expected a value");
  }

  [[gnu::noinline]] bool read_alias(Value& out) {
    const std::string name(chars(event_->data.alias.anchor));
    const Place place = place_of(event_->start_mark);
    const auto found = anchors_.find(name);
    if (found == anchors_.end())
      return complain(place, fmt::format("unknown anchor \"{}\"", name)) || survive();
    const Anchor& anchor = found->second;
    if (anchor.open)
      return complain(place, fmt::format("the value of anchor \"{}\" contains itself", name));
    alias_bytes_ += anchor.size.bytes;
    if (alias_bytes_ > kAliasBytesMost)
      return complain(place, "the aliases of this text repeat more than 10 MB");
    if (depth_ + anchor.size.height > kNestingMost) return complain_depth(place);
    out = anchor.value;
    return true;
  }

  [[gnu::noinline]] bool complain_depth(Place place) {
    return complain(place, fmt::format("lists and maps are nested deeper than {}", kNestingMost));
  }

  [[gnu::noinline]] std::string open_anchor(const yaml_char_t* name) {
    std::string anchor(chars(name));
    if (!anchor.empty()) anchors_[anchor] = Anchor{};
    return anchor;
  }

  [[gnu::noinline]] bool close_anchor(const std::string& name, const Value& value) {
    if (name.empty()) return true;
    const Size size = size_of(value);
    // Anchors inside anchors inside anchors: each keeps a copy.
    anchor_bytes_ += size.bytes;
    if (anchor_bytes_ > kAnchorBytesMost)
      return complain(value.place, "the anchors of this text hold more than 100 MB");
    anchors_[name] = Anchor{value, size, false};
    return true;
  }

  [[gnu::noinline]] bool read_scalar(Value& out) {
    const auto& scalar = event_->data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    const Place place = place_of(event_->start_mark);
    std::string_view tag = chars(scalar.tag);
    if (tag.empty()) {
      if (!scalar.plain_implicit)
        out = Value(text);
      else if (!resolve(text, place, out) && !survive())
        return false;
    } else if (!tag.starts_with(kTagPrefix)) {
      out = Value(text);  // an application's own tag: yaml.v2 keeps the text
    } else {
      tag.remove_prefix(kTagPrefix.size());
      if (!read_tagged(tag, text, place, out)) {
        if (!survive()) return false;
        out = Value();
      }
    }
    out.place = place;
    return !scalar.anchor || close_anchor(open_anchor(scalar.anchor), out);
  }

  bool resolve(std::string_view text, Place place, Value& out) {
    PlainScalar scalar = resolve_plain(text);
    if (scalar.kind == ScalarKind::kInfinite)
      return complain(place, fmt::format("{} is a number that JSON cannot hold", text),
                      "put quotes around it to make it a string");
    out = std::move(scalar.value);
    return true;
  }

  bool read_tagged(std::string_view tag, std::string_view text, Place place, Value& out) {
    if (tag == "str" || tag == "timestamp") {
      out = Value(text);
      return true;
    }
    if (tag == "binary") {
      std::optional<std::string> bytes = from_base64(text);
      if (!bytes) return complain(place, "this !!binary value is not base64");
      out = Value(*std::move(bytes));
      return true;
    }
    if (tag != "int" && tag != "float" && tag != "bool" && tag != "null")
      return complain(place, fmt::format("the tag !!{} does not fit a scalar", tag));
    if (!resolve(text, place, out)) return false;
    const bool fits = tag == "int"     ? out.is_number() && out.to_int().has_value()
                      : tag == "float" ? out.is_number()
                      : tag == "bool"  ? out.is_bool()
                                       : out.is_null();
    return fits || complain(place, fmt::format("\"{}\" is no value for the tag !!{}", text, tag));
  }

  bool deeper(Place place) { return ++depth_ <= kNestingMost || complain_depth(place); }

  bool read_list(Value& out) {
    const Place place = place_of(event_->start_mark);
    const std::string anchor = open_anchor(event_->data.sequence_start.anchor);
    if (!deeper(place)) return false;
    out = Value(List());
    List& list = out.as_list();
    for (;;) {
      if (!next()) return false;
      if (event_->type == YAML_SEQUENCE_END_EVENT) break;
      if (!read(list.emplace_back())) return false;
    }
    --depth_;
    out.place = place;
    return close_anchor(anchor, out);
  }

  bool read_map(Value& out) {
    const Place place = place_of(event_->start_mark);
    const std::string anchor = open_anchor(event_->data.mapping_start.anchor);
    if (!deeper(place)) return false;
    out = Value(Map());
    Map& map = out.as_map();
    List merges;
    bool lost_key = false;
    for (;;) {
      if (!next()) return false;
      if (event_->type == YAML_MAPPING_END_EVENT) break;
      if (is_merge_key()) {
        if (!next() || !read(merges.emplace_back())) return false;
        if (check_merge(merges.back())) continue;
        if (!survive()) return false;
        merges.pop_back();
      } else if (!read_member(map, lost_key)) {
        return false;
      }
    }
    for (Value& merge : merges) merge_into(map, std::move(merge));
    --depth_;
    out.place = place;
    if (lost_key && map.empty()) out = Value();  // most likely a {{tag}} without quotes
    return close_anchor(anchor, out);
  }

  [[gnu::noinline]] bool is_merge_key() const {
    if (event_->type != YAML_SCALAR_EVENT) return false;
    const auto& scalar = event_->data.scalar;
    return scalar.plain_implicit && scalar.length == 2 && chars(scalar.value) == "<<";
  }

  [[gnu::noinline]] bool check_merge(const Value& merge) {
    bool good = merge.is_map();
    if (merge.is_list()) {
      good = true;
      for (const Value& item : merge.as_list()) good = good && item.is_map();
    }
    return good || complain(merge.place, "<< merges a map or a list of maps");
  }

  // The map's own keys win over merged ones, and earlier merges over later ones.
  [[gnu::noinline]] static void merge_into(Map& map, Value merge) {
    if (merge.is_list()) {
      for (Value& item : merge.as_list()) merge_into(map, std::move(item));
      return;
    }
    for (Member& member : merge.as_map())
      if (!map.find(member.key)) map.append_unchecked(std::move(member));
  }

  bool read_member(Map& map, bool& lost_key) {
    Member member;
    bool is_key = true;
    member.key_place = place_of(event_->start_mark);
    if (!read_key(map, member, is_key) || !next() || !read(member.value)) return false;
    if (!is_key) {
      lost_key = true;
    } else if (Member* first = reading_ ? map.find_member(member.key) : nullptr) {
      first->value = std::move(member.value);
      first->key_place = member.key_place;
    } else {
      map.append_unchecked(std::move(member));
    }
    return true;
  }

  [[gnu::noinline]] bool read_key(const Map& map, Member& member, bool& is_key) {
    Value key;
    if (!read(key)) return false;
    is_key = key_text(key, member);
    if (!is_key) return survive();
    const Member* first = map.find_member(member.key);
    if (!first) return true;
    complain(member.key_place, fmt::format("duplicate key \"{}\", first on line {}", member.key,
                                           first->key_place.line));
    if (reading_) note(reading_->duplicates);
    return reading_ != nullptr;
  }

  [[gnu::noinline]] bool key_text(Value& key, Member& member) {
    if (key.is_string()) {
      member.key = std::move(key.as_string());
      return true;
    }
    if (key.is_number() || key.is_bool()) {
      member.key = key.is_number() ? key.as_number().text : key.to_any_string();
      return true;
    }
    std::string hint;
    if (key.is_map()) hint = "put quotes around a value that begins with {{";
    return complain(member.key_place, fmt::format("{} cannot be a key", key.kind_name()),
                    std::move(hint));
  }

  yaml_parser_t parser_{};
  Event event_;
  std::string_view source_, file_;
  std::unordered_map<std::string, Anchor> anchors_;
  size_t alias_bytes_ = 0, anchor_bytes_ = 0;
  int depth_ = 0;
  base::Error error_;
  bool stopped_by_tab_ = false;
  Reading* reading_;  // null: the first mistake ends it
  const TabMender* tabs_;
};

// Whether the text wants to be JSON: what is wrong with it is then told in JSON's words.
bool looks_like_json(std::string_view source) {
  const size_t inner = source.find_first_not_of(" \t\r\n", 1);
  return inner != std::string_view::npos && (source[inner] == '"' || source[inner] == '}');
}

}  // namespace

namespace {

// Mending one tab costs one reading of all: so much is read in all.
constexpr size_t kMendedBytesMost = 32u << 20;

Reading read_on(std::string_view source, std::string_view file) {
  TabMender tabs(source);
  std::vector<base::Error> found;
  for (size_t bytes = source.size();; bytes += source.size()) {
    Reading reading;
    Loader loader(tabs.text(), file, &reading, &tabs);
    const bool whole = loader.load(reading.documents);
    if (!whole && loader.stopped_by_tab()) {
      found.push_back(loader.error());
      if (bytes < kMendedBytesMost && found.size() < kMistakesMost) {
        tabs.mend(loader.error().where.line);
        continue;
      }
    } else if (!whole && found.empty()) {
      reading.mistakes.push_back(loader.error());
    }  // else the guess at the tabs may be what is wrong
    reading.mistakes.insert(reading.mistakes.begin(), found.begin(), found.end());
    return reading;
  }
}

base::Result<std::vector<Value>> load(std::string_view source, std::string_view file) {
  Loader loader(source, file, nullptr, nullptr);
  std::vector<Value> documents;
  if (!loader.load(documents)) return base::fail(loader.error());
  return documents;
}

// JSON itself where the text is that; the error when it wants to be.
struct JsonTry {
  std::vector<Value> documents;
  std::optional<base::Error> error;
};
JsonTry try_json(std::string_view source, std::string_view file) {
  JsonTry out;
  const size_t start = source.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || source[start] != '{') return out;
  base::Result<Value> json = parse_json(source, file);
  if (json)
    out.documents.push_back(*std::move(json));
  else if (looks_like_json(source.substr(start)))
    out.error = json.error();
  return out;  // else a flow map of YAML, or several documents
}

}  // namespace

base::Result<std::vector<Value>> parse_yaml(std::string_view source, std::string_view file) {
  JsonTry json = try_json(source, file);
  if (!json.documents.empty()) return std::move(json.documents);
  base::Result<std::vector<Value>> yaml = load(source, file);
  if (!yaml && json.error) return base::fail(*std::move(json.error));
  return yaml;
}

Reading read_yaml(std::string_view source, std::string_view file) {
  JsonTry json = try_json(source, file);
  if (!json.documents.empty()) return {std::move(json.documents), {}, {}};
  Reading yaml = read_on(source, file);
  if (!yaml.mistakes.empty() && json.error) return {{}, {}, {*std::move(json.error)}};
  return yaml;
}

}  // namespace text
