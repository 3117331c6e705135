#include "model/lint_file.h"

#include <algorithm>
#include <iterator>

#include "text/yaml.h"

namespace model {

using base::Severity;
using text::Value;

namespace {

class Reader {
 public:
  Reader(std::string_view file, bool strict) : file_(file), strict_(strict) {}

  // Whether all of it could be read; else Argo keeps nothing of it.
  bool read(std::string_view source) {
    text::Reading reading = text::read_yaml(source, file_);
    const bool kept = reading.mistakes.empty() && (reading.duplicates.empty() || !strict_);
    for (const base::Error& mistake : reading.mistakes)
      add(out_.left_out, Severity::kError, "bad-yaml", mistake);
    for (const base::Error& duplicate : reading.duplicates)
      if (kept)
        add(out_.found, Severity::kWarning, "duplicate-key", duplicate);
      else
        add(out_.left_out, Severity::kError, "duplicate-key", duplicate);
    for (Value& document : reading.documents)
      take(std::move(document), kept ? out_.documents : out_.faulty);
    return kept;
  }

  // Document by document, each with the line that it has in the file.
  void read_apart(std::string_view source) {
    size_t lines = 0;
    while (!source.empty()) {
      const size_t end = std::min(source.find("\n---"), source.size());
      const std::string_view piece = source.substr(0, end);
      (void)read(std::string(lines, '\n') + std::string(piece));
      lines += static_cast<size_t>(std::count(piece.begin(), piece.end(), '\n')) + 1;
      source.remove_prefix(std::min(end + 1, source.size()));
    }
  }

  LintFile take_result() { return std::move(out_); }

 private:
  void add(base::Diagnostics& to, Severity severity, std::string rule,
           const base::Error& error) const {
    to.push_back({severity, std::move(rule), error.where, "", error.text, error.hint});
  }

  static void take(Value document, std::vector<Value>& to) {
    Value* items = document.find("items");
    if (document.string_at("kind") == "List" && items && items->is_list())
      std::move(items->as_list().begin(), items->as_list().end(), std::back_inserter(to));
    else
      to.push_back(std::move(document));
  }

  std::string_view file_;
  bool strict_;
  LintFile out_;
};

// Argo reads it as one object, and fails where it cannot.
bool is_json(std::string_view source) {
  const size_t start = source.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && source[start] == '{';
}

}  // namespace

LintFile read_lint_file(std::string_view source, std::string_view file, bool strict) {
  // Many documents that cannot be read: each costs the lines before it.
  constexpr size_t kApartMost = 1000;
  Reader whole(file, strict);
  if (whole.read(source)) return whole.take_result();
  size_t pieces = 1;
  for (size_t at = source.find("\n---"); at != std::string_view::npos && pieces <= kApartMost;
       at = source.find("\n---", at + 1))
    ++pieces;
  if (is_json(source) || pieces == 1 || pieces > kApartMost) {
    LintFile out = whole.take_result();
    if (is_json(source)) std::swap(out.found, out.left_out);
    return out;
  }
  Reader apart(file, strict);
  apart.read_apart(source);
  return apart.take_result();
}

bool is_linted_kind(std::string_view kind) {
  static constexpr std::string_view kKinds[] = {"Workflow", "WorkflowTemplate",
                                                "ClusterWorkflowTemplate", "CronWorkflow"};
  return std::find(std::begin(kKinds), std::end(kKinds), kind) != std::end(kKinds);
}

}  // namespace model
