// argo lint
#include <algorithm>
#include <iterator>
#include <set>

#include "cli/check.h"
#include "cli/lint_report.h"
#include "cli/manifest.h"
#include "cli/verb.h"
#include "model/lint_file.h"
#include "model/validate.h"

namespace cli {
namespace {

using base::Severity;
using text::Value;

constexpr Flag kFlags[] = {
    {"fail-on", 0, "SEVERITY", "end with 1 from this severity on (error)", "error|warning"},
    {"kinds", 0, "KINDS", "kinds to lint: all, workflows, workflowtemplates, cronworkflows, …"},
    {"offline", 0, "", "without a server: references are looked for in the given files"},
    {"output", 'o', "FORMAT", "format of the output", "pretty|simple|json|sarif"},
    {"strict", 0, "", "unknown fields are errors (on)"},
};

// The kinds that --kinds asks for; all of them when it is not there.
base::Result<std::set<std::string_view>> wanted_kinds(const Flags& flags) {
  static constexpr std::pair<std::string_view, std::string_view> kPlurals[] = {
      {"workflows", "Workflow"},
      {"wf", "Workflow"},
      {"workflowtemplates", "WorkflowTemplate"},
      {"wftmpl", "WorkflowTemplate"},
      {"cronworkflows", "CronWorkflow"},
      {"cwf", "CronWorkflow"},
      {"clusterworkflowtemplates", "ClusterWorkflowTemplate"},
      {"cwft", "ClusterWorkflowTemplate"}};
  std::set<std::string_view> out;
  const auto words = flags.list("kinds");
  for (const std::string& word : words) {
    const auto row = std::find_if(std::begin(kPlurals), std::end(kPlurals),
                                  [&](const auto& one) { return one.first == word; });
    if (word != "all" && row == std::end(kPlurals))
      return base::fail(base::Code::kInvalid, fmt::format("unknown kind: {}", word));
    if (row != std::end(kPlurals)) out.insert(row->second);
    if (word == "all") out.clear();
    if (word == "all") break;
  }
  if (out.empty())
    for (const auto& [plural, kind] : kPlurals) out.insert(kind);
  return out;
}

// What the server says of an object that is good here: it knows the stored templates.
base::Status ask_server(Session& session, const Value& document) {
  struct Row {
    std::string_view kind, path, member;
  };
  static constexpr Row kRows[] = {
      {"Workflow", "workflows", "workflow"},
      {"WorkflowTemplate", "workflow-templates", "template"},
      {"CronWorkflow", "cron-workflows", "cronWorkflow"},
      {"ClusterWorkflowTemplate", "cluster-workflow-templates", "template"}};
  const Row& row = *std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& one) {
    return one.kind == document.string_at("kind");
  });
  std::string name_space(document.string_at("metadata", "namespace"));
  if (name_space.empty()) name_space = session.name_space;
  Value body;
  body["namespace"] = name_space;
  body[row.member] = document;
  const bool is_cluster = row.kind == "ClusterWorkflowTemplate";
  const auto answer = session.api.post(
      is_cluster ? api_path({row.path, "lint"}) : api_path({row.path, name_space, "lint"}), body);
  if (!answer) return base::fail(answer.error());
  return {};
}

class Run {
 public:
  Run(Session& session, std::set<std::string_view> wanted)
      : session_(session), wanted_(std::move(wanted)) {}

  base::Status lint(std::vector<NamedText> texts) {
    strict_ = session_.flags.on("strict", true);
    offline_ = session_.flags.on("offline");
    read_.resize(texts.size());
    files_.resize(texts.size());
    session_.around.each(texts.size(), [&](size_t i) {
      files_[i].file = std::move(texts[i].file);
      files_[i].source = std::move(texts[i].source);
      read_[i] = model::read_lint_file(files_[i].source, files_[i].file, strict_);
    });
    if (offline_)
      for (size_t i = 0; i < files_.size(); ++i) fill_shelf(i);
    session_.around.each(files_.size(), [&](size_t i) { lint_file(i); });
    tell_left_out();
    if (!offline_)
      for (size_t i = 0; i < files_.size(); ++i)
        if (const base::Status asked = ask_about(i); !asked) return asked;
    return {};
  }

  const std::vector<LintedFile>& files() const { return files_; }
  LintSummary summary() const {
    LintSummary out;
    for (const LintedFile& file : files_) {
      out.linted = out.linted || file.linted;
      for (const base::Diagnostic& one : file.found)
        ++(one.severity == Severity::kError ? out.errors : out.warnings);
    }
    return out;
  }

 private:
  void fill_shelf(size_t i) {
    for (const Value& document : read_[i].documents) {
      if (shelf_.add(document)) continue;
      const Value* name = document.find_path("metadata", "name");
      const text::Place place = name ? name->place : document.place;
      read_[i].found.push_back(
          {Severity::kError,
           "duplicate-object",
           {files_[i].file, place.line, place.column},
           "metadata.name",
           fmt::format("there is another {} {} in these files", document.string_at("kind"),
                       document.string_at("metadata", "name")),
           ""});
    }
  }

  void lint_file(size_t i) {
    LintedFile& file = files_[i];
    file.found = std::move(read_[i].found);
    const std::vector<Value>& documents = read_[i].documents;
    for (size_t k = 0; k < documents.size(); ++k) {
      lint_document(file, documents[k], k + 1, file.found);
      const std::string_view kind = documents[k].string_at("kind");
      file.linted = file.linted || (model::is_linted_kind(kind) && wanted_.contains(kind));
    }
    for (const Value& document : read_[i].faulty)
      lint_document(file, document, 1, read_[i].left_out);
  }

  void lint_document(const LintedFile& file, const Value& document, size_t number,
                     base::Diagnostics& found) const {
    const std::string_view kind = document.string_at("kind");
    const bool counts = model::is_linted_kind(kind);
    if (counts && !wanted_.contains(kind)) return;
    model::ValidateOptions options;
    options.source_text = file.source;
    const std::string_view name_space = document.string_at("metadata", "namespace");
    if (offline_)
      options.find = [&](std::string_view name, bool cluster_scope) {
        return shelf_.find(name_space, name, cluster_scope);
      };
    base::Diagnostics here;
    model::lint_document(document, file.file, strict_, options, here);
    for (base::Diagnostic& one : here) {
      // Argo's lint leaves other kinds alone; a slip in the kind is what it is.
      if (!counts && one.rule != "unknown-kind") one.severity = Severity::kWarning;
      one.text = fmt::format("in {}: {}", object_title(document, number), one.text);
      found.push_back(std::move(one));
    }
  }

  // What Argo leaves out is no reason to fail where it lints something else.
  void tell_left_out() {
    const bool linted = summary().linted;
    for (size_t i = 0; i < files_.size(); ++i) {
      base::Diagnostics& found = files_[i].found;
      for (base::Diagnostic& one : read_[i].left_out) {
        if (linted) one.severity = Severity::kWarning;
        found.push_back(std::move(one));
      }
      if (!read_[i].left_out.empty()) base::sort_by_place(found);
    }
  }

  base::Status ask_about(size_t i) {
    LintedFile& file = files_[i];
    if (base::has_errors(file.found)) return {};
    const std::vector<Value>& documents = read_[i].documents;
    for (size_t k = 0; k < documents.size(); ++k) {
      const Value& document = documents[k];
      const std::string_view kind = document.string_at("kind");
      if (!model::is_linted_kind(kind) || !wanted_.contains(kind)) continue;
      const base::Status said = ask_server(session_, document);
      if (said) continue;
      if (said.error().code == base::Code::kUnavailable) return said;
      file.found.push_back(
          {Severity::kError,
           "",
           {file.file, document.place.line, document.place.column},
           "",
           fmt::format("in {}: {}", object_title(document, k + 1), said.error().text),
           said.error().hint});
    }
    return {};
  }

  Session& session_;
  std::set<std::string_view> wanted_;
  bool strict_ = true, offline_ = false;
  TemplateShelf shelf_;
  std::vector<model::LintFile> read_;
  std::vector<LintedFile> files_;
};

void show(Session& session, const Run& run, const LintSummary& summary) {
  const std::string output = session.flags.get("output", "pretty");
  const auto& out = session.around.out;
  if (output == "json") return out(lint_json(run.files()));
  if (output == "sarif") return out(lint_sarif(run.files(), session.around.version.version));
  for (const LintedFile& file : run.files())
    out(output == "simple" ? lint_simple(file) : lint_pretty(session.paint, file));
  out(output == "simple" ? lint_simple_end(summary) : lint_pretty_end(session.paint, summary));
}

base::Result<int> lint(Session& session, std::set<std::string_view> wanted) {
  auto texts = read_texts(session, session.flags.arguments);
  if (!texts) return base::fail(texts.error());
  Run run(session, std::move(wanted));
  if (const base::Status done = run.lint(*std::move(texts)); !done) return base::fail(done.error());
  const LintSummary summary = run.summary();
  show(session, run, summary);
  const bool failed = summary.errors > 0 ||
                      (summary.warnings > 0 && session.flags.get("fail-on", "error") == "warning");
  return failed || !summary.linted ? 1 : 0;
}

constexpr Flag kKindFlags[] = {
    {"output", 'o', "FORMAT", "format of the output", "pretty|simple|json|sarif"},
    {"strict", 0, "", "unknown fields are errors (on)"},
};

}  // namespace

std::span<const Flag> lint_flags() { return kFlags; }
std::span<const Flag> lint_kind_flags() { return kKindFlags; }

base::Result<int> run_lint(Session& session) {
  auto wanted = wanted_kinds(session.flags);
  if (!wanted) return base::fail(wanted.error());
  return lint(session, *std::move(wanted));
}

base::Result<int> lint_kind(Session& session, std::string_view kind) {
  return lint(session, {kind});
}

}  // namespace cli
