// Texts become text: pieces one after the other, each tag replaced by what it stands for.
#include <fmt/format.h>

#include <algorithm>

#include "engine/compile_text.h"
#include "engine/environment.h"
#include "engine/machine.h"
#include "text/json.h"
#include "text/utf8.h"

namespace engine {
namespace {

constexpr size_t kGrownMost = 16 << 20;
constexpr int kPassesMax = 8;  // a value may hold tags itself, which may hold tags, …

bool must_resolve(Strict strict, bool is_task_reference) {
  return strict == Strict::kAll || (strict == Strict::kTasks && is_task_reference);
}

}  // namespace

namespace {

bool holds_tag(std::string_view value) { return value.find("{{") != std::string_view::npos; }

// What stands between the braces of a tag.
std::string name_in(std::string_view raw) {
  raw.remove_prefix(2);
  raw.remove_suffix(2);
  const size_t begin = raw.find_first_not_of(' '), end = raw.find_last_not_of(' ');
  return begin == std::string_view::npos ? "" : std::string(raw.substr(begin, end - begin + 1));
}

}  // namespace

Rendered State::Machine::append_piece(const Piece& piece, const Scope& scope, Strict strict,
                                      std::string& out, std::string* error, bool escape,
                                      bool& again) {
  if (piece.var == Var::kLiteral) {
    out += plan_->str(piece.text);
    return Rendered::kOk;
  }
  if (piece.var == Var::kExpression)
    return append_expression(*plan_->expressions[piece.a], plan_->str(piece.raw), scope, strict,
                             out, error, escape);
  if (piece.var == Var::kNested) {
    const auto lookup = [&](std::string_view name) -> std::optional<std::string_view> {
      static thread_local std::string kept;
      std::string_view value;
      if (find_by_name(name, scope, kept, value) != Found::kValue) return std::nullopt;
      return value;
    };
    const auto name = plan_->nested[piece.a]->render(lookup, nullptr, true);
    out += "{{";
    out += name ? *name : std::string(plan_->str(piece.raw));
    out += "}}";
    again = true;
    return Rendered::kOk;
  }
  std::string scratch;
  std::string_view value;
  switch (find_value(piece.var, piece.a, plan_->str(piece.text), scope, scratch, value)) {
    case Found::kValue:
      if (holds_tag(value)) again = true;
      if (escape)
        append_escaped(out, value);
      else
        out += value;
      return Rendered::kOk;
    case Found::kAbsent:
      if (error != nullptr)
        *error = fmt::format(
            "unable to substitute {}: output is an absent optional (skipped/omitted node with no "
            "default)",
            plan_->str(piece.raw));
      return Rendered::kAbsent;
    case Found::kMissing:
      break;
  }
  if (must_resolve(strict, is_task_var(piece.var))) {
    if (error != nullptr) *error = fmt::format("failed to resolve {}", plan_->str(piece.raw));
    return is_task_var(piece.var) && strict == Strict::kTasks ? Rendered::kMissing
                                                              : Rendered::kError;
  }
  out += plan_->str(piece.raw);
  return Rendered::kOk;
}

Rendered State::Machine::render(TextId id, const Scope& scope, Strict strict, std::string& out,
                                std::string* error, bool escape) {
  const Text& text = plan_->text(id);
  const size_t start = out.size();
  bool again = false;
  for (uint32_t i = 0; i < text.count; ++i) {
    const Rendered rendered =
        append_piece(plan_->pieces[text.first + i], scope, strict, out, error, escape, again);
    if (rendered != Rendered::kOk) return rendered;
  }
  // What was put in holds tags: they are texts of the same place. (JSON keeps them as they are.)
  if (!again) return Rendered::kOk;
  const std::string once = out.substr(start);
  out.resize(start);
  std::vector<std::string> replaced;
  for (uint32_t i = 0; i < text.count; ++i) {
    const Piece& piece = plan_->pieces[text.first + i];
    if (piece.var == Var::kLiteral || piece.var == Var::kExpression || piece.var == Var::kNested)
      continue;
    const std::string name = name_in(plan_->str(piece.raw));
    std::string scratch;
    std::string_view value;
    if (find_by_name(name, scope, scratch, value) == Found::kValue && holds_tag(value))
      replaced.push_back(name);
  }
  return render_dynamic(once, scope, strict, out, error, std::move(replaced));
}

Rendered State::Machine::render_to(TextId id, const Scope& scope, Strict strict,
                                   std::string_view& out, std::string& error) {
  if (plan_->is_literal(id)) {
    const std::string_view literal = plan_->literal(id);
    out = literal.data() != nullptr ? literal : std::string_view("", 0);
    return Rendered::kOk;
  }
  std::string text;
  const Rendered rendered = render(id, scope, strict, text, &error);
  if (rendered == Rendered::kOk) out = arena_.keep(text);
  return rendered;
}

// A text that became known only now.
Rendered State::Machine::render_dynamic(std::string_view source, const Scope& scope, Strict strict,
                                        std::string& out, std::string* error,
                                        std::vector<std::string> replaced) {
  std::string text(source);
  for (int pass = 0; pass < kPassesMax; ++pass) {
    const auto parsed = expr::TemplateText::parse(text);
    if (!parsed) {
      out += text;  // as Argo: text that is no template stays as it is
      return Rendered::kOk;
    }
    std::string next;
    bool again = false;
    std::vector<std::string> here;
    for (const expr::Piece& piece : parsed->pieces()) {
      if (next.size() > kGrownMost) {
        if (error != nullptr)
          *error = fmt::format("the values of its tags hold tags that make it longer than {} MiB",
                               kGrownMost >> 20);
        return Rendered::kError;
      }
      if (piece.kind == expr::Piece::Kind::kLiteral) {
        next += piece.text;
        continue;
      }
      if (piece.kind == expr::Piece::Kind::kExpression) {
        const Rendered rendered =
            append_expression(*piece.expression, piece.raw, scope, strict, next, error, false);
        if (rendered != Rendered::kOk) return rendered;
        continue;
      }
      if (piece.kind == expr::Piece::Kind::kNested) {
        std::string name;
        const Rendered rendered = render_dynamic(piece.inner->source(), scope, strict, name, error);
        if (rendered != Rendered::kOk) return rendered;
        next += "{{" + name + "}}";
        again = again || name != piece.inner->source();
        continue;
      }
      if (std::find(replaced.begin(), replaced.end(), piece.text) != replaced.end()) {
        next += piece.raw;
        continue;
      }
      std::string scratch;
      std::string_view value;
      const Found found = find_by_name(piece.text, scope, scratch, value);
      if (found == Found::kValue) {
        next += value;
        if (holds_tag(value)) here.push_back(piece.text);
        again = again || (value.find("{{") != std::string_view::npos && value != piece.raw);
        continue;
      }
      const bool is_task = piece.text.starts_with("steps.") || piece.text.starts_with("tasks.");
      if (must_resolve(strict, is_task)) {
        if (error != nullptr) *error = fmt::format("failed to resolve {}", piece.raw);
        return is_task && strict == Strict::kTasks ? Rendered::kMissing : Rendered::kError;
      }
      next += piece.raw;
    }
    text = std::move(next);
    if (!again) break;
    replaced.insert(replaced.end(), here.begin(), here.end());
  }
  out += text;
  return Rendered::kOk;
}

namespace {

// As much of an expression as a message can take.
std::string shown(std::string_view source) {
  constexpr size_t kMost = 200;
  return text::valid_utf8(source.substr(0, kMost)) + (source.size() > kMost ? "…" : "");
}

}  // namespace

Rendered State::Machine::append_expression(const expr::Expression& expression, std::string_view raw,
                                           const Scope& scope, Strict strict, std::string& out,
                                           std::string* error, bool escape) {
  ScopeEnvironment environment(*this, scope, expression.names());
  // An expression of its own (of an output, of a retry) may name in one branch what only the other
  // one has: Argo just evaluates it. Inside of a text, what is missing may still come.
  const bool stands_alone = strict == Strict::kAll && !escape;
  for (const std::string& name : environment.missing()) {
    if (stands_alone) break;
    const bool is_task = name.starts_with("steps.") || name.starts_with("tasks.");
    if (!must_resolve(strict, is_task) || !is_task) continue;
    if (error != nullptr)
      *error = fmt::format("failed to evaluate expression {}: {} is missing", shown(raw), name);
    return strict == Strict::kTasks ? Rendered::kMissing : Rendered::kError;
  }
  if (environment.waits_for_later() && strict != Strict::kAll) {
    out += raw;
    return Rendered::kOk;
  }
  const expr::EvalContext context{now_, seed_ ^ (static_cast<uint64_t>(scope.node) << 32)};
  const auto value = expression.evaluate(environment, context);
  if (value && !value->is_null()) {
    const std::string text = value->is_string() ? value->as_string() : text::to_json(*value);
    if (escape)
      append_escaped(out, text);
    else
      out += text;
    return Rendered::kOk;
  }
  const bool all_known = environment.missing().empty();
  if (strict == Strict::kLenient || (strict == Strict::kTasks && !all_known)) {
    out += raw;
    return Rendered::kOk;
  }
  if (error != nullptr)
    *error = fmt::format("failed to evaluate expression {}: {}", shown(raw),
                         value ? "it gives nil" : value.error().text);
  return Rendered::kError;
}

}  // namespace engine
