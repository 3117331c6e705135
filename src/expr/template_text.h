// template_text.h — a string with {{tags}} and {{=expressions}}, parsed once.
//
// Argo's rules (docs/variables.md; util/template): spaces around a name are allowed; inner tags are
// resolved first ({{inputs.parameters.{{x}}}}); a tag whose first word is none of Argo's prefixes
// stays as text; what cannot be resolved is an error or stays, as the caller says.
#pragma once
#include <functional>
#include <memory>
#include <optional>
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
  std::string text;
  std::string raw;  // the whole tag as written, for when it stays
  std::shared_ptr<const TemplateText> inner;
  std::shared_ptr<const Expression> expression;
};

class TemplateText {
 public:
  // Fails on an unclosed {{= expression or one that does not parse, with the offset in `where`.
  static base::Result<TemplateText> parse(std::string_view source);

  bool is_literal() const { return pieces_.empty() || (pieces_.size() == 1 && pieces_[0].kind == Piece::Kind::kLiteral); }
  const std::vector<Piece>& pieces() const { return pieces_; }
  const std::string& source() const { return source_; }

  // Replaces every tag. `lookup` gives a variable's text, or nothing when it is not known (yet).
  // With `allow_unresolved` unknown tags stay as written; else an Error kNotFound names the first:
  // "failed to resolve {{inputs.parameters.x}}".
  using Lookup = std::function<std::optional<std::string_view>(std::string_view name)>;
  base::Result<std::string> render(const Lookup& lookup, const Environment* environment,
                                   bool allow_unresolved) const;

 private:
  std::string source_;
  std::vector<Piece> pieces_;
};

// Whether Argo treats the name of a simple tag as its own ("inputs.parameters.x": yes,
// "user.name": no, it stays as text and is never an error).
bool is_argo_tag(std::string_view name);

}  // namespace expr
