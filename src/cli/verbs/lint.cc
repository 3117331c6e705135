// argo lint
#include <algorithm>

#include "cli/check.h"
#include "cli/verb.h"
#include "text/json.h"

namespace cli {
namespace {

using text::Value;

constexpr Flag kFlags[] = {
    {"kinds", 0, "KINDS", "kinds to lint: all, workflows, workflowtemplates, cronworkflows, …"},
    {"offline", 0, "", "without a server: references are looked for in the given files"},
    {"output", 'o', "FORMAT", "format of the output", "pretty|simple|json"},
    {"strict", 0, "", "unknown fields are errors (on)"},
};

base::Result<bool> is_wanted(const Flags& flags, std::string_view kind) {
  static constexpr std::pair<std::string_view, std::string_view> kPlurals[] = {
      {"workflows", "Workflow"},
      {"wf", "Workflow"},
      {"workflowtemplates", "WorkflowTemplate"},
      {"wftmpl", "WorkflowTemplate"},
      {"cronworkflows", "CronWorkflow"},
      {"cwf", "CronWorkflow"},
      {"clusterworkflowtemplates", "ClusterWorkflowTemplate"},
      {"cwft", "ClusterWorkflowTemplate"}};
  if (!is_linted_kind(kind)) return false;
  const auto wanted = flags.list("kinds");
  bool found = wanted.empty();
  for (const std::string& word : wanted) {
    if (word == "all") found = true;
    const auto row = std::find_if(std::begin(kPlurals), std::end(kPlurals),
                                  [&](const auto& one) { return one.first == word; });
    if (word != "all" && row == std::end(kPlurals))
      return base::fail(base::Code::kInvalid, fmt::format("unknown kind: {}", word));
    found = found || (row != std::end(kPlurals) && row->second == kind);
  }
  return found;
}

struct Result {
  bool linted = false;
  base::Diagnostics found;  // texts begin with `in "name" (Kind): `
};

// What the server says of a workflow that is good here: it knows the stored templates.
base::Status ask_server(Session& session, const Value& document) {
  std::string name_space(document.string_at("metadata", "namespace"));
  if (name_space.empty()) name_space = session.name_space;
  Value body;
  body["namespace"] = name_space;
  body["workflow"] = document;
  const auto answer = session.api.post(api_path({"workflows", name_space, "lint"}), body);
  if (!answer) return base::fail(answer.error());
  return {};
}

base::Result<Result> lint_one(Session& session, const Manifest& manifest,
                              const TemplateShelf& shelf) {
  Result out;
  const bool offline = session.flags.on("offline");
  model::ValidateOptions options;
  if (offline)
    options.find = [&](std::string_view name, bool cluster) { return shelf.find(name, cluster); };
  for (size_t i = 0; i < manifest.documents.size(); ++i) {
    const Value& document = manifest.documents[i];
    const std::string_view kind = document.string_at("kind");
    const auto wanted = is_wanted(session.flags, kind);
    if (!wanted) return base::fail(wanted.error());
    if (!*wanted) continue;
    out.linted = true;
    base::Diagnostics found;
    model::lint_document(document, manifest.file, session.flags.on("strict", true), options, found);
    if (!offline && kind == "Workflow" && !base::has_errors(found)) {
      const base::Status said = ask_server(session, document);
      if (!said && said.error().code == base::Code::kUnavailable) return base::fail(said.error());
      if (!said)
        found.push_back({base::Severity::kError,
                         "",
                         {manifest.file, document.place.line, document.place.column},
                         "",
                         said.error().text,
                         said.error().hint});
    }
    for (base::Diagnostic& one : found) {
      one.text = fmt::format("in {}: {}", object_title(document, i + 1), one.text);
      out.found.push_back(std::move(one));
    }
  }
  return out;
}

std::string pretty(const Session& session, const Manifest& manifest, const Result& result) {
  if (result.found.empty()) return {};
  std::string out = session.paint.ink(manifest.file, Paint::kUnderline) + ":\n";
  for (const base::Diagnostic& one : result.found) {
    const bool error = one.severity == base::Severity::kError;
    out += fmt::format("   {} ",
                       session.paint.ink(error ? "✖" : "⚠", error ? Paint::kRed : Paint::kYellow));
    std::string_view left;
    const std::string shown = base::render(one, manifest.source, session.paint.color);
    for (left = shown; !left.empty();) {
      const size_t end = std::min(left.find('\n'), left.size() - 1);
      out += fmt::format("{}{}", left.data() == shown.data() ? "" : "   ", left.substr(0, end + 1));
      left.remove_prefix(end + 1);
    }
  }
  return out + "\n";
}

std::string simple(const Result& result) {
  std::string out;
  for (const base::Diagnostic& one : result.found) {
    const base::Error place{base::Code::kInvalid, one.text, one.where, {}};
    out += place.to_string() + "\n";
  }
  return out;
}

Value as_json(const base::Diagnostic& one) {
  Value out;
  out["severity"] = one.severity == base::Severity::kError ? "error" : "warning";
  out["rule"] = one.rule;
  out["file"] = one.where.file;
  out["line"] = static_cast<int64_t>(one.where.line);
  out["column"] = static_cast<int64_t>(one.where.column);
  out["path"] = one.path;
  out["message"] = one.text;
  out["hint"] = one.hint;
  return out;
}

std::string summary(const Session& session, size_t errors, bool linted, bool plain) {
  const auto ink = [&](std::string_view text, Paint::Ansi ansi) {
    return plain ? std::string(text) : session.paint.ink(text, ansi);
  };
  if (!linted)
    return ink(plain ? "found nothing to lint in the specified paths, failing..."
                     : "✖ found nothing to lint in the specified paths, failing...",
               Paint::kRed) +
           "\n";
  if (errors == 0)
    return plain ? "no linting errors found!\n"
                 : ink("✔", Paint::kGreen) + " no linting errors found!\n";
  return plain ? "" : ink(fmt::format("✖ {} linting errors found!", errors), Paint::kRed) + "\n";
}

}  // namespace

std::span<const Flag> lint_flags() { return kFlags; }

base::Result<int> run_lint(Session& session) {
  const auto manifests = read_manifests(session, session.flags.arguments);
  if (!manifests) return base::fail(manifests.error());
  const TemplateShelf shelf(*manifests);
  const std::string output = session.flags.get("output", "pretty");
  bool linted = false;
  size_t errors = 0;
  Value all{text::List()};
  for (const Manifest& manifest : *manifests) {
    const auto result = lint_one(session, manifest, shelf);
    if (!result) return base::fail(result.error());
    linted = linted || result->linted;
    for (const base::Diagnostic& one : result->found) {
      errors += one.severity == base::Severity::kError ? 1 : 0;
      all.as_list().push_back(as_json(one));
    }
    if (output == "pretty") session.around.out(pretty(session, manifest, *result));
    if (output == "simple") session.around.out(simple(*result));
  }
  if (output == "json")
    session.around.out(text::to_json_pretty(all, 2) + "\n");
  else
    session.around.out(summary(session, errors, linted, output == "simple"));
  return errors == 0 && linted ? 0 : 1;
}

}  // namespace cli
