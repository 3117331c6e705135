#include "expr/analyse.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/diagnostic.h"
#include "expr/ast.h"
#include "expr/checker.h"
#include "expr/condition.h"
#include "expr/condition_tree.h"
#include "expr/depends.h"
#include "expr/expression.h"
#include "expr/parser.h"
#include "expr/template_text.h"

namespace expr {
namespace {

// A type as the checker has it.
Type typed(VariableType type) {
  constexpr std::pair<VariableType, Type::Kind> kKinds[] = {
      {VariableType::kAny, Type::Kind::kUnknown}, {VariableType::kString, Type::Kind::kString},
      {VariableType::kBool, Type::Kind::kBool},   {VariableType::kInt, Type::Kind::kInt},
      {VariableType::kFloat, Type::Kind::kFloat}, {VariableType::kList, Type::Kind::kList},
      {VariableType::kMap, Type::Kind::kMap}};
  Type out;
  for (const auto& [variable, kind] : kKinds)
    if (variable == type) out.kind = kind;
  return out;
}

bool is_environment_function(std::string_view name) {
  const Function* function = find_builtin(name);
  return function && function->takes.starts_with('$');
}

std::string hint_of(const std::string& nearest, bool tag = false) {
  if (nearest.empty()) return {};
  return tag ? "did you mean {{" + nearest + "}}?" : "did you mean " + nearest + "?";
}

// The names that an expression uses.
class Uses {
 public:
  Uses(const Tree& tree, const Names& names, uint32_t offset, Analysis& out)
      : names_(names), offset_(offset), out_(out) {
    for (const Node* node : guarded_members(tree)) guarded_.insert(node);
    visit(tree.root);
  }

 private:
  Span span_of(const Node* node) const { return {node->begin + offset_, node->end + offset_}; }

  void visit(const Node* node) {
    if (!node) return;
    switch (node->kind) {
      case NodeKind::kIdentifier:
        return variable(node, node->text);
      case NodeKind::kMember:
        return member(node);
      case NodeKind::kCall:
        return call(node);
      case NodeKind::kBuiltin:
        out_.uses.push_back(
            {.kind = Use::Kind::kFunction,
             .name = node->text,
             .span = {node->place.offset + offset_,
                      node->place.offset + offset_ + static_cast<uint32_t>(node->text.size())}});
        break;
      case NodeKind::kLet:
        visit(node->children[0]);
        locals_.push_back(node->text);
        visit(node->children[1]);
        locals_.pop_back();
        return;
      default:
        break;
    }
    for (const Node* child : node->children) visit(child);
  }

  bool is_local(std::string_view path) const {
    const std::string_view top = path.substr(0, path.find('.'));
    return std::find(locals_.begin(), locals_.end(), top) != locals_.end();
  }

  void member(const Node* node) {
    const std::string path = node->method ? std::string() : path_of(node);
    if (!path.empty()) return variable(node, path);
    for (const Node* child : node->children) visit(child);
  }

  void call(const Node* node) {
    const Node* callee = node->children[0];
    if (callee->kind == NodeKind::kIdentifier)
      function(callee, callee->text);
    else if (callee->kind == NodeKind::kMember && path_of(callee).starts_with("sprig."))
      function(callee, path_of(callee));
    else
      visit(callee);
    for (size_t i = 1; i < node->children.size(); ++i) visit(node->children[i]);
  }

  void function(const Node* node, const std::string& name) {
    if (is_local(name)) return;
    const bool sprig = name.starts_with("sprig.");
    const bool known =
        sprig ? find_sprig(name.substr(6)) != nullptr : is_environment_function(name);
    out_.uses.push_back(
        {.kind = Use::Kind::kFunction, .name = name, .span = span_of(node), .known = known});
    if (known) return;
    std::vector<std::string_view> candidates;
    if (sprig)
      for_each_sprig([&](const Function& row) { candidates.push_back(row.name); });
    else
      candidates = language_functions();
    std::string near = base::nearest(sprig ? name.substr(6) : name, candidates);
    if (sprig && !near.empty()) near.insert(0, "sprig.");
    out_.findings.push_back(
        {"unknown-function", span_of(node), "there is no function " + name, hint_of(near)});
  }

  void variable(const Node* node, std::string path) {
    if (is_local(path) || path == "$env") return;
    if (path == "sprig" || is_environment_function(path)) return;
    if (path.starts_with("sprig.")) return function(node, path);
    if (path.starts_with("$env.")) path.erase(0, 5);
    const bool guarded = guarded_.contains(node);
    const bool known = names_.knows(path) || names_.has_below(path);
    out_.uses.push_back({.kind = Use::Kind::kVariable,
                         .name = path,
                         .span = span_of(node),
                         .known = known,
                         .guarded = guarded});
    if (known || guarded || find_builtin(path)) return;
    out_.findings.push_back({"unknown-variable", span_of(node), "there is no variable " + path,
                             hint_of(names_.nearest(path))});
  }

  const Names& names_;
  uint32_t offset_;
  Analysis& out_;
  std::unordered_set<const Node*> guarded_;
  std::vector<std::string_view> locals_;
};

// The byte at a line and column of the source, where a column counts code points.
uint32_t offset_at(std::string_view source, const base::Where& where) {
  size_t at = 0;
  for (uint32_t line = 1; line < where.line && at < source.size(); ++line)
    at = std::min(source.find('\n', at), source.size() - 1) + 1;
  for (uint32_t column = 1; column < where.column && at < source.size(); ++column)
    while (++at < source.size() && (source[at] & 0xC0) == 0x80) {
    }
  return static_cast<uint32_t>(at);
}

void add_error(Analysis& out, std::string_view rule, std::string_view source,
               const base::Error& error, uint32_t offset) {
  const uint32_t at = offset_at(source, error.where) + offset;
  const auto end = static_cast<uint32_t>(source.size() + offset);
  out.findings.push_back({rule, {at, std::min(at + 1, std::max(end, at))}, error.text, error.hint});
}

// The names, the type and what is wrong with the types.
void analyse_tree(const Tree& tree, std::string_view source, const Names& names, uint32_t offset,
                  Analysis& out) {
  const Uses uses(tree, names, offset, out);
  const auto type_at = [&](std::string_view name) {
    if (names.knows(name)) return typed(names.type_of(name));
    return names.has_below(name) ? typed(VariableType::kMap) : Type{};
  };
  const Typing typing{.variable = [&](std::string_view name) -> std::optional<Type> {
                        if (names.knows(name) || names.has_below(name)) return type_at(name);
                        if (name == "sprig") return typed(VariableType::kMap);
                        return std::nullopt;
                      },
                      .path = type_at,
                      .lenient = true};
  auto type = check(tree, typing);
  if (type) {
    out.type = name_of(*type);
    return;
  }
  const bool pattern = type.error().text.starts_with("error parsing regexp");
  add_error(out, pattern ? "regexp" : "type", source, type.error(), offset);
}

void sort_by_place(Analysis& out) {
  const auto before = [](const auto& a, const auto& b) { return a.span.begin < b.span.begin; };
  std::stable_sort(out.findings.begin(), out.findings.end(), before);
  std::stable_sort(out.uses.begin(), out.uses.end(), before);
}

void analyse_tag(const Piece& piece, uint32_t offset, const Names& names, Analysis& out) {
  const std::string_view name = piece.text;
  const Span span{offset, offset + static_cast<uint32_t>(piece.raw.size())};
  const bool known = names.knows(name);
  out.uses.push_back(
      {.kind = Use::Kind::kTag, .name = std::string(name), .span = span, .known = known});
  if (known || !is_argo_tag(name)) return;
  out.findings.push_back({"unknown-variable", span, "there is no variable " + std::string(name),
                          hint_of(names.nearest(name), true)});
}

void analyse_pieces(const TemplateText& text, uint32_t offset, const Names& names, Analysis& out) {
  for (const Piece& piece : text.pieces()) {
    const uint32_t at = offset + piece.offset;
    switch (piece.kind) {
      case Piece::Kind::kLiteral:
        break;
      case Piece::Kind::kTag:
        analyse_tag(piece, at, names, out);
        break;
      case Piece::Kind::kNested:
        analyse_pieces(*piece.inner, at + 2, names, out);
        break;
      case Piece::Kind::kExpression:
        analyse_tree(piece.expression->tree(), piece.text, names, at + 3, out);
        break;
    }
  }
}

TemplateText analyse_into(std::string_view text, const Names& names, Analysis& out) {
  std::vector<TagError> errors;
  TemplateText parsed = TemplateText::parse(text, errors);
  for (const TagError& tag : errors) {
    const std::string_view rest = text.substr(tag.offset);
    if (!rest.starts_with("{{=") || rest.find("}}") == std::string_view::npos) {
      const auto end = static_cast<uint32_t>(text.size());
      out.findings.push_back({"unclosed-tag", {tag.offset, end}, tag.error.text, tag.error.hint});
      continue;
    }
    add_error(out, "syntax", rest.substr(3, rest.find("}}") - 3), tag.error, tag.offset + 3);
  }
  analyse_pieces(parsed, 0, names, out);
  return parsed;
}

// The error of a `when` that is no condition whatever word, number or text its tags stand for.
// Nothing is said where tags stand side by side: one of them may be an operator.
std::optional<base::Error> shape_error(const TemplateText& when) {
  std::string words;
  bool after_tag = false;
  for (const Piece& piece : when.pieces()) {
    if (piece.kind != Piece::Kind::kLiteral) {
      if (after_tag) return std::nullopt;
      words += "x";
      after_tag = true;
      continue;
    }
    words += piece.text;
    if (piece.text.find_first_not_of(" \t\n") != std::string::npos) after_tag = false;
  }
  auto parsed = parse_condition(words, BareWords::kTexts);
  if (parsed) return std::nullopt;
  return parsed.error();
}

}  // namespace

void NameTable::add(std::string name, VariableType type) {
  names_.insert_or_assign(std::move(name), type);
}

// Below a map, a list or what may be anything, any name may be.
bool NameTable::knows(std::string_view name) const {
  if (names_.contains(name)) return true;
  for (size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = name.rfind('.', dot - 1)) {
    const auto it = names_.find(name.substr(0, dot));
    if (it == names_.end()) continue;
    return it->second == VariableType::kAny || it->second == VariableType::kMap ||
           it->second == VariableType::kList;
  }
  return false;
}

bool NameTable::has_below(std::string_view name) const {
  const std::string prefix = std::string(name) + ".";
  const auto it = names_.lower_bound(prefix);
  return it != names_.end() && it->first.starts_with(prefix);
}

VariableType NameTable::type_of(std::string_view name) const {
  const auto it = names_.find(name);
  return it == names_.end() ? VariableType::kAny : it->second;
}

std::string NameTable::nearest(std::string_view name) const {
  std::vector<std::string_view> candidates;
  for (const auto& [known, type] : names_) candidates.push_back(known);
  return base::nearest(name, candidates);
}

Analysis analyse_expression(std::string_view source, const Names& names) {
  Analysis out;
  auto compiled = Expression::compile(source);
  if (compiled)
    analyse_tree((*compiled)->tree(), source, names, 0, out);
  else
    add_error(out, "syntax", source, compiled.error(), 0);
  sort_by_place(out);
  return out;
}

Analysis analyse_text(std::string_view text, const Names& names) {
  Analysis out;
  analyse_into(text, names, out);
  out.type = "string";
  sort_by_place(out);
  return out;
}

Analysis analyse_when(std::string_view when, const Names& names) {
  Analysis out;
  const TemplateText parsed = analyse_into(when, names, out);
  const auto& pieces = parsed.pieces();
  const Span whole{0, static_cast<uint32_t>(when.size())};
  if (parsed.is_literal() && out.findings.empty()) {
    if (const auto value = evaluate_when(when); !value)
      out.findings.push_back({"syntax", whole, value.error().text, value.error().hint});
  } else if (pieces.size() == 1 && pieces[0].kind == Piece::Kind::kExpression) {
    if (out.findings.empty() && out.type != "bool" && out.type != "string" && out.type != "unknown")
      out.findings.push_back(
          {"type",
           whole,
           "a condition must be true or false, this expression gives " + out.type,
           {}});
  } else if (const auto error = out.findings.empty() ? shape_error(parsed) : std::nullopt) {
    out.findings.push_back(
        {"syntax", whole, "invalid 'when' expression: " + error->text, error->hint});
  }
  out.type = "bool";
  sort_by_place(out);
  return out;
}

Analysis analyse_depends(std::string_view depends, std::span<const std::string> tasks) {
  Analysis out;
  out.type = "bool";
  std::vector<DependsUse> found;
  auto parsed = parse_depends(depends, &found);
  if (!parsed) {
    const bool result = parsed.error().text.find("task result") != std::string::npos;
    add_error(out, result ? "task-result" : "syntax", depends, parsed.error(), 0);
  }
  const std::vector<std::string_view> candidates(tasks.begin(), tasks.end());
  for (const DependsUse& use : found) {
    const Span span{use.begin, use.end};
    const std::string name(depends.substr(use.begin, use.end - use.begin));
    const bool known = std::find(tasks.begin(), tasks.end(), name) != tasks.end();
    out.uses.push_back({.kind = Use::Kind::kTask, .name = name, .span = span, .known = known});
    if (!known)
      out.findings.push_back({"unknown-task", span, "there is no task " + name,
                              hint_of(base::nearest(name, candidates))});
  }
  sort_by_place(out);
  return out;
}

}  // namespace expr
