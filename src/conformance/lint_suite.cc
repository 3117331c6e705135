#include "conformance/lint_suite.h"

#include <map>

#include "base/diagnostic.h"
#include "conformance/cases.h"
#include "model/decode.h"
#include "model/lint_file.h"
#include "model/validate.h"
#include "text/json.h"
#include "text/yaml.h"

namespace conformance {

using text::Value;

namespace {

constexpr std::string_view kNamespace = "argo";  // where the real answers were taken

// The stored templates of a case. Offline, Argo finds a WorkflowTemplate only in the namespace that
// its file names; the controller's view has all of them in the workflow's namespace.
class Stored {
 public:
  void add(const std::vector<Value>& documents) {
    for (const Value& document : documents) {
      const std::string_view kind = document.string_at("kind");
      const bool is_cluster = kind == "ClusterWorkflowTemplate";
      const Value* spec = document.find("spec");
      if (!spec || (!is_cluster && kind != "WorkflowTemplate")) continue;
      Entry entry{model::decode_spec(*spec),
                  std::string(document.string_at("metadata", "namespace"))};
      specs_.emplace(key(document.string_at("metadata", "name"), is_cluster), std::move(entry));
    }
  }

  model::FindTemplateHolder finder(std::string in_namespace, bool is_offline) const {
    return [this, in_namespace = std::move(in_namespace), is_offline](
               std::string_view name, bool cluster_scope) -> const model::WorkflowSpec* {
      const auto [first, last] = specs_.equal_range(key(name, cluster_scope));
      for (auto at = first; at != last; ++at)
        if (cluster_scope || !is_offline || at->second.in_namespace == in_namespace)
          return &at->second.spec;
      return nullptr;
    };
  }

 private:
  struct Entry {
    model::WorkflowSpec spec;
    std::string in_namespace;
  };
  static std::string key(std::string_view name, bool is_cluster) {
    return (is_cluster ? "cluster/" : "/") + std::string(name);
  }
  std::multimap<std::string, Entry> specs_;
};

struct Verdict {
  bool ok = true;
  std::string words;
};

Verdict verdict_of(const base::Diagnostics& found) {
  Verdict verdict;
  for (const base::Diagnostic& finding : found) {
    if (finding.severity != base::Severity::kError) continue;
    verdict.ok = false;
    verdict.words += (verdict.words.empty() ? "" : "; ") + finding.path + ": " + finding.text;
  }
  if (verdict.ok) verdict.words = "ok";
  return verdict;
}

std::string namespace_of(const Value& document) {
  const std::string_view given = document.string_at("metadata", "namespace");
  return std::string(given.empty() ? kNamespace : given);
}

class Case {
 public:
  Case(const Value& data, const Report& report)
      : data_(data),
        report_(report),
        name_(data.string_at("name")),
        strict_(model::read_lint_file(data.string_at("yaml"), "case.yaml", true)),
        lenient_(model::read_lint_file(data.string_at("yaml"), "case.yaml", false)) {
    stored_.add(lenient_.documents);
    if (const auto others = text::parse_yaml(data.string_at("others"), "others.yaml"))
      stored_.add(*others);
  }

  void run() {
    lint("#strict", "lintOfflineStrict", true);
    lint("#lenient", "lintOfflineNonStrict", false);
    validate();
  }

 private:
  void lint(const char* suffix, std::string_view answer, bool strict) {
    const Value* expected = data_.find_path("expect", answer);
    if (!expected || expected->find("panic")) return;  // any sound answer passes
    const model::LintFile& file = strict ? strict_ : lenient_;
    base::Diagnostics found = file.found;
    bool linted = false;
    for (const Value& document : file.documents) {
      linted = linted || model::is_linted_kind(document.string_at("kind"));
      model::ValidateOptions options;
      options.find = stored_.finder(namespace_of(document), true);
      model::lint_document(document, "case.yaml", strict, options, found);
    }
    // Where nothing is linted, what is left out is told as an error, and lint fails.
    if (!linted) found.insert(found.end(), file.left_out.begin(), file.left_out.end());
    if (!linted && !base::has_errors(found))
      found.push_back({base::Severity::kError, "", {}, "", "nothing to lint", ""});
    const Value* ok = expected->find("ok");
    compare(name_ + suffix, ok && ok->is_bool() && ok->as_bool(), text::to_json(*expected),
            verdict_of(found));
  }

  // One entry a document: is it valid to the controller, which does not decode strictly?
  void validate() {
    const Value* entries = data_.find_path("expect", "validate");
    const std::vector<Value>& documents = lenient_.documents;
    if (!entries || !entries->is_list()) return;
    if (entries->as_list().size() != documents.size()) return;  // documents that are no objects
    for (size_t i = 0; i < documents.size(); ++i) {
      const Value& expected = entries->as_list()[i];
      const Value& document = documents[i];
      if (expected.string_at("kind") != document.string_at("kind") && !expected.find("parseError"))
        continue;
      model::ValidateOptions options;
      options.find = stored_.finder(namespace_of(document), false);
      options.needs_values = true;
      base::Diagnostics found;
      model::lint_document(document, "case.yaml", false, options, found);
      const Value* valid = expected.find("valid");
      compare(name_ + "#validate" + std::to_string(i),
              valid && valid->is_bool() && valid->as_bool(), text::to_json(expected),
              verdict_of(found));
    }
  }

  void compare(std::string id, bool expected_ok, std::string expected, Verdict got) {
    report_({std::move(id), expected_ok == got.ok, std::move(expected), std::move(got.words)});
  }

  const Value& data_;
  const Report& report_;
  std::string name_;
  model::LintFile strict_, lenient_;
  Stored stored_;
};

void run_case(const Report& report, const Value& test) { Case(test, report).run(); }

}  // namespace

base::Status run_lint(const std::string& folder, const Report& report) {
  return run_all_files(folder, "lint-", run_case, report);
}

}  // namespace conformance
