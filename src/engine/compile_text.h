// compile_text.h — turns texts with {{tags}} into pieces with resolved slots, once.
//
// Tags of workflow.* that never change become part of the literals here. Only compile.cc uses it.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "engine/plan_data.h"

namespace engine {

class TextCompiler {
 public:
  explicit TextCompiler(Plan& plan) : plan_(plan) {}

  // A text of `tmpl` (its own body, or an argument of one of its steps). Equal texts of one
  // template share their pieces.
  base::Result<TextId> add(std::string_view source, const PlanTemplate* tmpl);
  // A whole Value as JSON; its strings are texts, and what fills a tag is escaped for JSON.
  base::Result<TextId> add_json(const text::Value& value, const PlanTemplate* tmpl);
  // Marks the steps or tasks of `tmpl` whose outputs.result `source` reads.
  void mark_results(std::string_view source, const PlanTemplate& tmpl);
  StrRef keep(std::string_view text);
  // As keep(), but equal texts are kept once.
  StrRef intern(std::string_view text);

 private:
  struct Builder {
    const PlanTemplate* tmpl = nullptr;
    bool escape = false;
    std::string literal = {};
    std::vector<Piece> pieces = {};
  };
  base::Status append_text(Builder& builder, std::string_view source, int depth);
  base::Status append_value(Builder& builder, const text::Value& value);
  base::Status append_tag(Builder& builder, const expr::Piece& piece, int depth);
  void append_literal(Builder& builder, std::string_view text);
  void flush(Builder& builder);
  TextId finish(Builder& builder);

  Plan& plan_;
  std::unordered_map<std::string, StrRef> interned_;
  std::unordered_map<std::string, TextId> known_;
  const PlanTemplate* known_for_ = nullptr;
};

// Appends `text` escaped for the inside of a JSON string, without quotes.
void append_escaped(std::string& out, std::string_view text);

}  // namespace engine
