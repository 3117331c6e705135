#include "expr/condition.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "expr/condition_token.h"
#include "expr/condition_tree.h"
#include "expr/number_text.h"

namespace expr {
namespace {

using Operand = ConditionOperand;
using Node = ConditionTree::Node;

base::Error in_when(base::Error error, std::string_view when) {
  error.text = "invalid 'when' expression '" + std::string(when) + "': " + error.text;
  return error;
}

// The operand that a tag's value is when it is one word of its own; false: parse it all again.
bool operand_of(std::string_view text, bool quoted, Operand& out) {
  if (quoted) {
    if (text.find_first_of("'\"\\") != std::string_view::npos) return false;
    double seconds = 0;
    out = condition_time(text, seconds) ? Operand::of(seconds) : Operand::of(text);
    return true;
  }
  if (text.empty()) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (is_digit(text[0])) {
    if (!std::all_of(text.begin(), text.end(), [&](char c) { return is_digit(c) || c == '.'; }))
      return false;
    double number = 0;
    if (!parse_float(text, number)) return false;
    out = Operand::of(number);
    return true;
  }
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  if (!is_letter(text[0]) || text == "in" || text == "IN") return false;
  if (!std::all_of(text.begin(), text.end(),
                   [&](char c) { return is_letter(c) || is_digit(c) || c == '_'; }))
    return false;
  if (text == "true" || text == "false")
    out = Operand::of(text == "true");
  else
    out = Operand::of(text);
  return true;
}

// A tag is an operand of its own when no word touches it.
bool touches(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
         c == '.' || c == '\\' || c == '-' || c == '[' || static_cast<unsigned char>(c) >= 0x80;
}

// The tree of a text whose tags are operands, or null when some tag is not.
std::shared_ptr<const ConditionTree> slotted_tree(const TemplateText& text) {
  std::string marked;
  std::vector<std::string> tags;
  for (size_t i = 0; i < text.pieces().size(); ++i) {
    const Piece& piece = text.pieces()[i];
    if (piece.kind == Piece::Kind::kLiteral) {
      if (piece.text.find(kSlotMark) != std::string::npos) return nullptr;
      if (!tags.empty() && touches(piece.text.front())) return nullptr;
      marked += piece.text;
      continue;
    }
    if (piece.kind != Piece::Kind::kTag) return nullptr;
    if (!marked.empty() && (touches(marked.back()) || marked.back() == kSlotMark)) return nullptr;
    marked += kSlotMark;
    tags.push_back(piece.text);
  }
  auto tree = parse_condition(marked, BareWords::kTexts);
  if (!tree) return nullptr;
  // A mark inside of a longer quoted text was not split off: its slot is missing.
  const auto slots = std::count_if((*tree)->nodes.begin(), (*tree)->nodes.end(),
                                   [](const Node& n) { return n.kind == Node::Kind::kSlot; });
  if (static_cast<size_t>(slots) != tags.size()) return nullptr;
  (*tree)->tags = std::move(tags);
  return *tree;
}

constexpr size_t kTagsMax = 8;

// The value where each tag's is an operand of its own; nothing: parse the rendered text, for its
// value or for the error that shows it.
std::optional<bool> evaluate_direct(const ConditionTree& tree, const TemplateText::Lookup& lookup) {
  if (tree.tags.size() > kTagsMax) return std::nullopt;
  std::string kept;  // the values, for a view is valid only until the next lookup
  std::array<size_t, kTagsMax> ends{};
  for (size_t i = 0; i < tree.tags.size(); ++i) {
    const TagValue value = lookup(tree.tags[i]);
    if (!value.is_known()) return std::nullopt;
    kept += value.text();
    ends[i] = kept.size();
  }
  std::array<Operand, kTagsMax> operands;
  for (const Node& node : tree.nodes) {
    if (node.kind != Node::Kind::kSlot) continue;
    const size_t start = node.child == 0 ? 0 : ends[node.child - 1];
    const std::string_view text(kept.data() + start, ends[node.child] - start);
    if (!operand_of(text, node.quoted, operands[node.child])) return std::nullopt;
  }
  const auto result = evaluate_condition(tree, operands);
  return result ? std::optional(*result) : std::nullopt;
}

}  // namespace

base::Result<bool> evaluate_when(std::string_view substituted, BareWords words) {
  if (substituted.empty()) return true;
  if (substituted.find(kSlotMark) !=
      std::string_view::npos)  // it stands for tags, and none is left
    return tl::unexpected(in_when({base::Code::kInvalid, "a control character", {}}, substituted));
  auto tree = parse_condition(substituted, words);
  if (!tree) return tl::unexpected(in_when(tree.error(), substituted));
  auto result = evaluate_condition(**tree, {});
  if (!result) return tl::unexpected(in_when(result.error(), substituted));
  return result;
}

base::Result<Condition> Condition::parse(std::string_view when) {
  auto text = TemplateText::parse(when);
  if (!text) return tl::unexpected(text.error());
  Condition condition;
  condition.text_ = std::move(*text);
  if (!when.empty()) condition.tree_ = slotted_tree(condition.text_);
  return condition;
}

base::Result<bool> Condition::evaluate(const TemplateText::Lookup& lookup,
                                       const RenderOptions& options) const {
  if (tree_) {
    if (const auto result = evaluate_direct(*tree_, lookup)) return *result;
  }
  auto rendered = text_.render(lookup, options);
  if (!rendered) return tl::unexpected(rendered.error());
  return evaluate_when(*rendered);
}

}  // namespace expr
