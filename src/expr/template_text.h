// template_text.h — a string with {{tags}} and {{=expressions}}, parsed once.
//
// Argo's rules (docs/variables.md; util/template): spaces around a name are allowed; inner tags are
// resolved first ({{inputs.parameters.{{x}}}}); what cannot be resolved is an error or stays, as
// the caller says. A text is rendered in one pass: tags inside substituted values stay text.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/expression.h"

namespace expr {

class TemplateText;

struct Piece {
  enum class Kind : uint8_t {
    kLiteral,     // `text` as it is
    kTag,         // `text` is the trimmed name
    kNested,      // the name is itself a TemplateText (`inner`)
    kExpression,  // {{=…}}: `expression` is compiled; `text` is its source
  };
  Kind kind = Kind::kLiteral;
  std::string text = {};
  std::string raw = {};  // the whole tag as written, for when it stays
  uint32_t offset = 0;   // of a tag, in the source that was parsed
  std::shared_ptr<const TemplateText> inner = nullptr;
  std::shared_ptr<const Expression> expression = nullptr;
};

// What is known of a variable: its text; that it is not known (yet); or that it never will be, as
// the output of a skipped node without default, which is an error for every tag that needs it.
class TagValue {
 public:
  TagValue() = default;
  TagValue(std::nullopt_t) {}  // NOLINT(google-explicit-constructor)
  TagValue(std::string_view text) : state_(State::kText), text_(text) {}  // NOLINT
  TagValue(std::optional<std::string_view> text) {                        // NOLINT
    if (text) *this = TagValue(*text);
  }
  static TagValue absent() {
    TagValue value;
    value.state_ = State::kAbsent;
    return value;
  }
  bool is_known() const { return state_ == State::kText; }
  bool is_absent() const { return state_ == State::kAbsent; }
  std::string_view text() const { return text_; }

 private:
  enum class State : uint8_t { kUnknown, kText, kAbsent };
  State state_ = State::kUnknown;
  std::string_view text_;
};

struct RenderOptions {
  // Unknown tags stay as written; else an Error kNotFound names the first:
  // "failed to resolve {{inputs.parameters.x}}".
  bool allow_unresolved = false;
  // With allow_unresolved: names whose first words are one of these ("steps", "tasks") must
  // resolve all the same; but for artifacts, which are resolved elsewhere.
  std::span<const std::string_view> strict_prefixes = {};
  // {{a.{{b}}}} gives the value of what the inner tag made the outer one to, instead of the outer
  // tag with its new name (Argo's single pass; it resolves the rest in a later pass).
  bool resolve_nested = false;
  // For {{=expressions}}; null: no variables.
  const Environment* environment = nullptr;
  EvalContext context = {};
};

// A tag that is none: where it begins, and why.
struct TagError {
  uint32_t offset = 0;
  base::Error error;
};

class TemplateText {
 public:
  // Fails on an unclosed tag or an expression that does not parse, with the place in `where`.
  static base::Result<TemplateText> parse(std::string_view source);
  // Never fails: what is no tag is text, and told in `errors`; those of expressions have their
  // place in the expression.
  static TemplateText parse(std::string_view source, std::vector<TagError>& errors);

  bool is_literal() const {
    return pieces_.empty() || (pieces_.size() == 1 && pieces_[0].kind == Piece::Kind::kLiteral);
  }
  bool has_expression() const;
  const std::vector<Piece>& pieces() const { return pieces_; }
  const std::string& source() const { return source_; }

  // Gives a variable's text; the view must stay valid until the next call or the end of render.
  using Lookup = std::function<TagValue(std::string_view name)>;
  // Replaces every tag. Errors: kNotFound for a variable that is not known (yet), kInvalid for
  // what waiting cannot heal.
  base::Result<std::string> render(const Lookup& lookup, const RenderOptions& options) const;
  base::Result<std::string> render(const Lookup& lookup, const Environment* environment,
                                   bool allow_unresolved) const;

 private:
  friend class TagScanner;
  // What stands in a tag that holds tags itself.
  static base::Result<TemplateText> parse_name(std::string_view source,
                                               std::vector<TagError>* errors);

  std::string source_;
  std::vector<Piece> pieces_;
};

// Whether Argo treats the name of a simple tag as its own ("inputs.parameters.x": yes,
// "user.name": no, validation lets it stay as text).
bool is_argo_tag(std::string_view name);

}  // namespace expr
