#include "cli/lint_report.h"

#include <fmt/format.h>

#include "model/lint_rules.h"
#include "text/json.h"

namespace cli {
namespace {

using base::Diagnostic;
using base::Severity;
using text::Value;

std::string_view level_of(const Diagnostic& one) {
  return one.severity == Severity::kError ? "error" : "warning";
}

Value as_json(const Diagnostic& one) {
  Value out;
  out["severity"] = level_of(one);
  out["rule"] = one.rule;
  out["file"] = one.where.file;
  out["line"] = static_cast<int64_t>(one.where.line);
  out["column"] = static_cast<int64_t>(one.where.column);
  out["path"] = one.path;
  out["message"] = one.text;
  out["hint"] = one.hint;
  return out;
}

// A path as a reference in the sense of RFC 3986; addresses are one already.
std::string uri_of(std::string_view file) {
  if (file.starts_with("http://") || file.starts_with("https://")) return std::string(file);
  std::string out = file.starts_with('/') ? "file://" : "";
  for (const char c : file) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<uint8_t>(c));
  }
  return out;
}

Value sarif_rules() {
  Value out{text::List()};
  for (const model::LintRule& rule : model::lint_rules()) {
    Value one;
    one["id"] = rule.name;
    one["shortDescription"]["text"] = rule.help;
    out.as_list().push_back(std::move(one));
  }
  return out;
}

Value sarif_result(const Diagnostic& one) {
  Value out;
  const size_t index = model::lint_rule_index(one.rule);
  if (index < model::lint_rules().size()) {
    out["ruleId"] = one.rule;
    out["ruleIndex"] = static_cast<int64_t>(index);
  }
  out["level"] = level_of(one);
  out["message"]["text"] = one.hint.empty() ? one.text : one.text + " (" + one.hint + ")";
  Value location;
  location["physicalLocation"]["artifactLocation"]["uri"] = uri_of(one.where.file);
  if (one.where.line != 0) {
    Value& region = location["physicalLocation"]["region"];
    region["startLine"] = static_cast<int64_t>(one.where.line);
    if (one.where.column != 0) region["startColumn"] = static_cast<int64_t>(one.where.column);
  }
  if (!one.path.empty()) {
    Value logical;
    logical["fullyQualifiedName"] = one.path;
    location["logicalLocations"] = Value(text::List{std::move(logical)});
  }
  out["locations"] = Value(text::List{std::move(location)});
  return out;
}

}  // namespace

std::string lint_pretty(const Paint& paint, const LintedFile& file) {
  if (file.found.empty()) return {};
  std::string out = paint.ink(file.file, Paint::kUnderline) + ":\n";
  for (const Diagnostic& one : file.found) {
    const bool error = one.severity == Severity::kError;
    out +=
        fmt::format("   {} ", paint.ink(error ? "✖" : "⚠", error ? Paint::kRed : Paint::kYellow));
    const std::string shown = base::render(one, file.source, paint.color);
    for (std::string_view left = shown; !left.empty();) {
      const size_t end = std::min(left.find('\n'), left.size() - 1);
      out += fmt::format("{}{}", left.data() == shown.data() ? "" : "   ", left.substr(0, end + 1));
      left.remove_prefix(end + 1);
    }
  }
  return out + "\n";
}

std::string lint_pretty_end(const Paint& paint, const LintSummary& summary) {
  if (!summary.linted && summary.errors == 0)
    return paint.ink("✖ found nothing to lint in the specified paths, failing...", Paint::kRed) +
           "\n";
  std::string out;
  if (summary.warnings > 0)
    out = paint.ink(fmt::format("⚠ {} warnings", summary.warnings), Paint::kYellow) + "\n";
  if (summary.errors == 0)
    return out + paint.ink("✔", Paint::kGreen) + " no linting errors found!\n";
  return out + paint.ink(fmt::format("✖ {} linting errors found!", summary.errors), Paint::kRed) +
         "\n";
}

std::string lint_simple(const LintedFile& file) {
  std::string out;
  for (const Diagnostic& one : file.found) {
    const bool error = one.severity == Severity::kError;
    const base::Error place{
        base::Code::kInvalid, error ? one.text : "warning: " + one.text, one.where, {}};
    out += place.to_string() + "\n";
  }
  return out;
}

std::string lint_simple_end(const LintSummary& summary) {
  if (!summary.linted && summary.errors == 0)
    return "found nothing to lint in the specified paths, failing...\n";
  return summary.errors == 0 ? "no linting errors found!\n" : "";
}

std::string lint_json(const std::vector<LintedFile>& files) {
  Value all{text::List()};
  for (const LintedFile& file : files)
    for (const Diagnostic& one : file.found) all.as_list().push_back(as_json(one));
  return text::to_json_pretty(all, 2) + "\n";
}

std::string lint_sarif(const std::vector<LintedFile>& files, std::string_view version) {
  Value driver;
  driver["name"] = "argo lint";
  // As SARIF wants it: beginning with a number.
  driver["version"] = version.substr(version.starts_with('v') ? 1 : 0);
  driver["rules"] = sarif_rules();
  Value run;
  run["tool"]["driver"] = std::move(driver);
  run["columnKind"] = "unicodeCodePoints";
  Value results{text::List()};
  for (const LintedFile& file : files)
    for (const Diagnostic& one : file.found) results.as_list().push_back(sarif_result(one));
  run["results"] = std::move(results);
  Value log;
  log["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  log["version"] = "2.1.0";
  log["runs"] = Value(text::List{std::move(run)});
  return text::to_json_pretty(log, 2) + "\n";
}

}  // namespace cli
