#include "text/selector.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace text {
namespace {

using Operator = Requirement::Operator;

std::string_view trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::optional<int64_t> whole(std::string_view text) {
  int64_t v = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc() || stop != text.data() + text.size() || text.empty())
    return std::nullopt;
  return v;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A qualified name's last part, and a label's value: letters, digits, "-_.", ends alphanumeric.
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_label_key(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_name(text);
  const std::string_view prefix = text.substr(0, slash);
  if (prefix.empty() || prefix.size() > 253) return false;
  const bool letters = std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
  });
  return letters && is_name(text.substr(slash + 1));
}

// Reads one requirement after the other off the front of the text.
class LabelReader {
 public:
  explicit LabelReader(std::string_view text) : text_(text), left_(text) {}

  base::Result<std::vector<Requirement>> read_all() {
    std::vector<Requirement> all;
    skip();
    while (!left_.empty()) {
      auto one = read_one();
      if (!one) return base::fail(one.error());
      all.push_back(*std::move(one));
      skip();
      if (left_.empty()) break;
      if (!take(",")) return bad(fmt::format("expected \",\" before \"{}\"", left_));
      skip();
      if (left_.empty()) return bad("it ends with a comma");
    }
    return all;
  }

 private:
  tl::unexpected<base::Error> bad(std::string_view why) const {
    return base::fail(base::Code::kInvalid, fmt::format("invalid selector \"{}\": {}", text_, why),
                      {}, "write it as app=web,tier!=db,env in (a,b),!old");
  }

  void skip() {
    while (!left_.empty() && kSpace.find(left_.front()) != std::string_view::npos)
      left_.remove_prefix(1);
  }
  bool take(std::string_view mark) {
    if (!left_.starts_with(mark)) return false;
    left_.remove_prefix(mark.size());
    return true;
  }
  std::string_view word() {
    skip();
    const size_t end = std::min(left_.find_first_of(" \t\r\n,=!<>()"), left_.size());
    const std::string_view out = left_.substr(0, end);
    left_.remove_prefix(end);
    skip();
    return out;
  }

  base::Result<Requirement> read_one() {
    Requirement out;
    const bool denied = take("!");
    const std::string_view key = word();
    if (!is_label_key(key)) return bad(fmt::format("\"{}\" is no label name", key));
    out.key = key;
    if (denied || left_.empty() || left_.starts_with(',')) {
      out.op = denied ? Operator::kDoesNotExist : Operator::kExists;
      return out;
    }
    if (take("==") || take("=")) return read_value(std::move(out), Operator::kEquals);
    if (take("!=")) return read_value(std::move(out), Operator::kNotEquals);
    if (take(">")) return read_value(std::move(out), Operator::kGreaterThan);
    if (take("<")) return read_value(std::move(out), Operator::kLessThan);
    const std::string_view op = word();
    if (op == "in") return read_set(std::move(out), Operator::kIn);
    if (op == "notin") return read_set(std::move(out), Operator::kNotIn);
    return bad(fmt::format("unknown operator \"{}\"", op.empty() ? left_.substr(0, 1) : op));
  }

  base::Result<Requirement> read_value(Requirement out, Operator op) {
    const std::string_view value = word();
    if (!value.empty() && !is_name(value))
      return bad(fmt::format("\"{}\" is no label value", value));
    if ((op == Operator::kGreaterThan || op == Operator::kLessThan) && !whole(value))
      return bad(fmt::format("\"{}\" is no whole number", value));
    out.op = op;
    out.values.emplace_back(value);
    return out;
  }

  base::Result<Requirement> read_set(Requirement out, Operator op) {
    if (!take("(")) return bad("expected \"(\" behind in or notin");
    do {
      const std::string_view value = word();
      if (!value.empty() && !is_name(value))
        return bad(fmt::format("\"{}\" is no label value", value));
      out.values.emplace_back(value);
    } while (take(","));
    if (!take(")")) return bad("expected \")\"");
    out.op = op;
    return out;
  }

  static constexpr std::string_view kSpace = " \t\r\n";
  std::string_view text_, left_;
};

}  // namespace

bool Requirement::matches(std::optional<std::string_view> value) const {
  const auto listed = [&] {
    return value && std::find(values.begin(), values.end(), *value) != values.end();
  };
  switch (op) {
    case Operator::kEquals:
    case Operator::kIn:
      return listed();
    case Operator::kNotEquals:
    case Operator::kNotIn:
      return !listed();
    case Operator::kExists:
      return value.has_value();
    case Operator::kDoesNotExist:
      return !value.has_value();
    case Operator::kGreaterThan:
    case Operator::kLessThan:
      break;
  }
  const auto found = value ? whole(*value) : std::nullopt;
  const auto bound = values.empty() ? std::nullopt : whole(values[0]);
  if (!found || !bound) return false;
  return op == Operator::kGreaterThan ? *found > *bound : *found < *bound;
}

base::Result<Selector> Selector::parse_labels(std::string_view text) {
  auto all = LabelReader(text).read_all();
  if (!all) return base::fail(all.error());
  return Selector(*std::move(all));
}

// Splits at commas and reads "\\," "\\=" "\\\\" as the characters themselves, as Kubernetes does.
base::Result<Selector> Selector::parse_fields(std::string_view text) {
  std::vector<Requirement> all;
  const auto bad = [&](std::string_view term) {
    return base::fail(
        base::Code::kInvalid,
        fmt::format("invalid field selector \"{}\": \"{}\" needs =, == or !=", text, term), {},
        "write it as metadata.name=x,status.phase!=Running");
  };
  size_t from = 0;
  for (size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '\\') {
      ++at;
      continue;
    }
    if (at < text.size() && text[at] != ',') continue;
    const std::string_view term = text.substr(from, std::min(at, text.size()) - from);
    from = at + 1;
    if (trim(term).empty()) continue;
    const size_t mark = term.find_first_of("!=");
    if (mark == std::string_view::npos || mark == 0) return bad(term);
    Requirement one;
    one.key = trim(term.substr(0, mark));
    std::string_view value = term.substr(mark);
    one.op = value.starts_with("!=") ? Operator::kNotEquals : Operator::kEquals;
    if (!value.starts_with("!=") && !value.starts_with("=")) return bad(term);
    value.remove_prefix(value.starts_with("!=") || value.starts_with("==") ? 2 : 1);
    std::string plain;
    for (size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '\\' && i + 1 < value.size()) ++i;
      plain += value[i];
    }
    one.values.push_back(std::move(plain));
    all.push_back(std::move(one));
  }
  return Selector(std::move(all));
}

bool Selector::matches(const Lookup& lookup) const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const Requirement& one) { return one.matches(lookup(one.key)); });
}

}  // namespace text
