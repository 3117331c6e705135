#include "model/lint_file.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "text/yaml.h"

namespace model {

using base::Diagnostic;
using base::Severity;
using text::Value;

namespace {

Diagnostic finding_of(base::Error error, Severity severity, std::string rule) {
  return {severity, std::move(rule),       std::move(error.where),
          "",       std::move(error.text), std::move(error.hint)};
}

class Reader {
 public:
  Reader(std::string_view file, bool strict) : file_(file), strict_(strict) {}

  // What is wrong, or nothing.
  std::optional<base::Error> read(std::string_view source) {
    std::vector<base::Error> duplicates;
    auto documents = text::parse_yaml(source, file_, duplicates);
    if (!documents) return documents.error();
    for (base::Error& duplicate : duplicates)
      out_.found.push_back(finding_of(
          std::move(duplicate), strict_ ? Severity::kError : Severity::kWarning, "duplicate-key"));
    for (Value& document : *documents) take(std::move(document));
    return std::nullopt;
  }

  // Document by document, each with the line that it has in the file.
  void read_apart(std::string_view source) {
    std::vector<base::Error> unreadable;
    size_t lines = 0;
    while (!source.empty()) {
      const size_t end = std::min(source.find("\n---"), source.size());
      const std::string_view piece = source.substr(0, end);
      if (auto error = read(std::string(lines, '\n') + std::string(piece)))
        unreadable.push_back(*std::move(error));
      lines += static_cast<size_t>(std::count(piece.begin(), piece.end(), '\n')) + 1;
      source.remove_prefix(std::min(end + 1, source.size()));
    }
    const Severity severity = out_.documents.empty() ? Severity::kError : Severity::kWarning;
    for (base::Error& error : unreadable)
      out_.found.push_back(finding_of(std::move(error), severity, "bad-yaml"));
  }

  LintFile take_result() { return std::move(out_); }

 private:
  void take(Value document) {
    Value* items = document.find("items");
    if (document.string_at("kind") == "List" && items && items->is_list())
      std::move(items->as_list().begin(), items->as_list().end(),
                std::back_inserter(out_.documents));
    else
      out_.documents.push_back(std::move(document));
  }

  std::string_view file_;
  bool strict_;
  LintFile out_;
};

}  // namespace

LintFile read_lint_file(std::string_view source, std::string_view file, bool strict) {
  // Many documents that cannot be read: each costs the lines before it.
  constexpr size_t kApartMost = 1000;
  Reader reader(file, strict);
  const auto error = reader.read(source);
  if (!error) return reader.take_result();
  size_t pieces = 1;
  for (size_t at = source.find("\n---"); at != std::string_view::npos && pieces <= kApartMost;
       at = source.find("\n---", at + 1))
    ++pieces;
  if (pieces == 1 || pieces > kApartMost) {
    LintFile out;
    out.found.push_back(finding_of(*error, Severity::kError, "bad-yaml"));
    return out;
  }
  Reader again(file, strict);
  again.read_apart(source);
  return again.take_result();
}

}  // namespace model
