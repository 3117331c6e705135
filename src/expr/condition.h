// condition.h — `when`: Argo's conditions, in govaluate's grammar.
//
// Bare words are strings ("heads == heads"). Comparisons, &&, ||, !, =~, !~, in (), arithmetic, ?:,
// parentheses. A string that looks like a date is the number of its Unix seconds. Source: Argo docs
// "conditionals", govaluate's manual.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "expr/template_text.h"

namespace expr {

// What a word without quotes is: a text, as in the `when` of steps and tasks; or a parameter, of
// which there are none, as in that of a CronWorkflow.
enum class BareWords : uint8_t { kTexts, kRefused };

// Parses and evaluates the text; no variables are left in it. Errors: kInvalid with the text.
// An empty text is true.
base::Result<bool> evaluate_when(std::string_view substituted, BareWords words = BareWords::kTexts);

struct ConditionTree;

// A `when` with its {{tags}}, parsed once: where a tag is an operand of its own and its value one
// word, number or quoted text, it is evaluated without being parsed again.
class Condition {
 public:
  // Fails only where no value of the tags could make the text a condition's template (an unclosed
  // tag, an expression that does not parse); other mistakes are told when it is evaluated.
  static base::Result<Condition> parse(std::string_view when);

  const TemplateText& text() const { return text_; }
  // As rendering the text and giving it to evaluate_when, with the same errors.
  base::Result<bool> evaluate(const TemplateText::Lookup& lookup,
                              const RenderOptions& options) const;

 private:
  TemplateText text_;
  std::shared_ptr<const ConditionTree> tree_;  // null: rendered and parsed each time
};

}  // namespace expr
