#include "expr/template_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "expr/value.h"

namespace expr {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr size_t kNestingMax = 50;

// Argo trims names inside of JSON text, where tabs and line ends are escapes: only spaces go.
std::string_view trim_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

base::Where place_of(std::string_view source, size_t offset) {
  const std::string_view before = source.substr(0, offset);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 == 0
  return {.file = {},
          .line = static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
          .column = static_cast<uint32_t>(offset - line_start + 1)};
}

// Where the tag whose text begins at `from` ends, counting tags inside of it; npos: nowhere.
size_t matching_close(std::string_view source, size_t from) {
  for (size_t depth = 1; from < source.size();) {
    const size_t close = source.find(kClose, from);
    if (close == std::string_view::npos) break;
    const size_t open = source.find(kOpen, from);
    if (open < close) {
      if (++depth > kNestingMax) break;
      from = open + 2;
      continue;
    }
    if (--depth == 0) return close;
    from = close + 2;
  }
  return std::string_view::npos;
}

}  // namespace

class TagScanner {
 public:
  // With `errors` the scan goes on behind them.
  // `nested`: the source is the name of a tag; the first tag in it is looked up as it is written.
  explicit TagScanner(std::string_view source, std::vector<TagError>* errors = nullptr,
                      bool nested = false)
      : source_(source), errors_(errors), is_verbatim_(nested) {}

  base::Result<std::vector<Piece>> scan() {
    for (;;) {
      size_t open = source_.find(kOpen, at_);
      // Inside of a tag the last two of several braces begin it.
      while (is_verbatim_ && open != std::string_view::npos &&
             source_.substr(open + 2).starts_with('{'))
        ++open;
      literal(source_.substr(at_, open == std::string_view::npos ? open : open - at_));
      if (open == std::string_view::npos) return std::move(pieces_);
      auto status = tag(open);
      if (status) continue;
      if (!errors_) return tl::unexpected(status.error());
      errors_->push_back({static_cast<uint32_t>(open), status.error()});
      const size_t close = source_.find(kClose, open);
      at_ = close == std::string_view::npos ? source_.size() : close + 2;
      literal(source_.substr(open, at_ - open));
    }
  }

 private:
  void literal(std::string_view text) {
    if (text.empty()) return;
    if (!pieces_.empty() && pieces_.back().kind == Piece::Kind::kLiteral)
      pieces_.back().text += text;
    else
      pieces_.push_back({.kind = Piece::Kind::kLiteral, .text = std::string(text)});
  }

  base::Status tag(size_t open) {
    const size_t start = open + 2;
    const size_t close = source_.find(kClose, start);
    if (close == std::string_view::npos)
      return base::fail(base::Code::kInvalid, "the tag has no end", place_of(source_, open),
                        "close it with }}");
    std::string_view name = source_.substr(start, close - start);
    const bool is_verbatim = std::exchange(is_verbatim_, false);
    if (name.starts_with('=') && !is_verbatim) return expression(open, name.substr(1));
    const size_t inner = name.rfind(kOpen);
    if (inner != std::string_view::npos && inner > 0) return nested(open, open + 2 + inner, close);
    simple(open, close, is_verbatim);
    return {};
  }

  void simple(size_t open, size_t close, bool is_verbatim) {
    const std::string_view name = source_.substr(open + 2, close - open - 2);
    at_ = close + 2;
    pieces_.push_back({.kind = Piece::Kind::kTag,
                       .text = std::string(is_verbatim ? name : trim_spaces(name)),
                       .raw = std::string(source_.substr(open, at_ - open)),
                       .offset = static_cast<uint32_t>(open)});
  }

  // `last`: where the innermost tag before `first_close` opens.
  base::Status nested(size_t open, size_t last, size_t first_close) {
    const size_t start = open + 2;
    const size_t close = matching_close(source_, start);
    if (close == std::string_view::npos) {  // only the inner tag is one
      literal(source_.substr(open, last - open));
      simple(last, first_close, true);
      return {};
    }
    auto inner = inner_text(source_.substr(start, close - start), start);
    if (!inner) return tl::unexpected(inner.error());
    at_ = close + 2;
    pieces_.push_back({.kind = Piece::Kind::kNested,
                       .raw = std::string(source_.substr(open, at_ - open)),
                       .offset = static_cast<uint32_t>(open),
                       .inner = std::make_shared<const TemplateText>(std::move(*inner))});
    return {};
  }

  base::Result<TemplateText> inner_text(std::string_view text, size_t start) {
    const size_t before = errors_ ? errors_->size() : 0;
    auto inner = TemplateText::parse_name(text, errors_);
    for (size_t i = before; errors_ && i < errors_->size(); ++i)
      (*errors_)[i].offset += static_cast<uint32_t>(start);
    return inner;
  }

  base::Status expression(size_t open, std::string_view code) {
    auto compiled = Expression::compile(code);
    if (!compiled) {
      if (errors_) return tl::unexpected(compiled.error());
      base::Error error = compiled.error();
      const base::Where start = place_of(source_, open + 3);
      // The expression's own place, moved to where it stands in the text.
      if (error.where.line <= 1) error.where.column += start.column - (error.where.column ? 1 : 0);
      error.where.line = start.line + (error.where.line ? error.where.line - 1 : 0);
      return tl::unexpected(std::move(error));
    }
    at_ = open + 3 + code.size() + 2;
    pieces_.push_back({.kind = Piece::Kind::kExpression,
                       .text = std::string(code),
                       .raw = std::string(source_.substr(open, at_ - open)),
                       .offset = static_cast<uint32_t>(open),
                       .expression = std::move(*compiled)});
    return {};
  }

  std::string_view source_;
  std::vector<TagError>* errors_;
  bool is_verbatim_;
  size_t at_ = 0;
  std::vector<Piece> pieces_;
};

namespace {

bool has_prefix(std::string_view name, std::span<const std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
    return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '.');
  });
}

// Names that get their values late: an expression with one of them stays until it is there.
bool binds_late(std::string_view name) {
  constexpr std::array<std::string_view, 8> kLate = {"item",
                                                     "retries",
                                                     "lastRetry.exitCode",
                                                     "lastRetry.status",
                                                     "lastRetry.duration",
                                                     "lastRetry.message",
                                                     "workflow.status",
                                                     "workflow.failures"};
  return std::find(kLate.begin(), kLate.end(), name) != kLate.end();
}

class NoVariables : public Environment {
 public:
  std::optional<text::Value> find(std::string_view) const override { return std::nullopt; }
};

class Renderer {
 public:
  Renderer(const TemplateText::Lookup& lookup, const RenderOptions& options)
      : lookup_(lookup), options_(options) {}

  base::Status render(const TemplateText& text, std::string& out) const {
    for (const Piece& piece : text.pieces()) {
      base::Status status;
      switch (piece.kind) {
        case Piece::Kind::kLiteral:
          out += piece.text;
          break;
        case Piece::Kind::kTag:
          status = tag(piece.text, piece.raw, out);
          break;
        case Piece::Kind::kNested:
          status = nested(piece, out);
          break;
        case Piece::Kind::kExpression:
          status = expression(piece, out);
          break;
      }
      if (!status) return status;
    }
    return {};
  }

 private:
  bool must_resolve(std::string_view name) const {
    return !options_.allow_unresolved || has_prefix(name, options_.strict_prefixes);
  }

  base::Status tag(std::string_view name, std::string_view raw, std::string& out) const {
    const TagValue value = lookup_(name);
    if (value.is_known()) {
      out += value.text();
      return {};
    }
    if (value.is_absent())
      return base::fail(
          base::Code::kInvalid,
          "unable to substitute " + std::string(raw) +
              ": output is an absent optional (skipped/omitted node with no default)");
    const bool artifact = name.find(".outputs.artifacts.") != std::string_view::npos;
    if (must_resolve(name) && (!options_.allow_unresolved || !artifact))
      return base::fail(base::Code::kNotFound, "failed to resolve " + std::string(raw));
    out += raw;
    return {};
  }

  base::Status nested(const Piece& piece, std::string& out) const {
    std::string name;
    if (auto status = render(*piece.inner, name); !status) return status;
    const std::string raw = "{{" + name + "}}";
    if (options_.resolve_nested) return tag(trim_spaces(name), raw, out);
    out += raw;
    return {};
  }

  base::Status expression(const Piece& piece, std::string& out) const {
    const NoVariables none;
    const Environment& environment = options_.environment ? *options_.environment : none;
    bool missing = false;
    for (const std::string& name : piece.expression->names()) {
      if (has_variable(environment, name)) continue;
      if (must_resolve(name))
        return base::fail(base::Code::kNotFound,
                          "failed to evaluate expression: " + name + " is missing");
      missing = true;
      if (binds_late(name)) {
        out += piece.raw;
        return {};
      }
    }
    const bool may_stay = missing ||
                          (options_.allow_unresolved && options_.strict_prefixes.empty()) ||
                          environment.has_placeholder();
    auto value = piece.expression->run(environment, options_.context, nullptr);
    if (value && !value->is_nil()) {
      auto text = to_template_text(*value);
      if (text) {
        out += *text;
        return {};
      }
      value = tl::unexpected(text.error());
    }
    if (may_stay) {
      out += piece.raw;
      return {};
    }
    if (value)
      return base::fail(base::Code::kInvalid, "expression \"" + piece.text + "\" gives nil");
    base::Error error = value.error();
    error.code = base::Code::kInvalid;
    error.text = "failed to evaluate expression: " + error.text;
    return tl::unexpected(std::move(error));
  }

  const TemplateText::Lookup& lookup_;
  const RenderOptions& options_;
};

}  // namespace

base::Result<TemplateText> TemplateText::parse(std::string_view source) {
  TemplateText text;
  auto pieces = TagScanner(source).scan();
  if (!pieces) return tl::unexpected(pieces.error());
  text.source_ = source;
  text.pieces_ = std::move(*pieces);
  return text;
}

base::Result<TemplateText> TemplateText::parse_name(std::string_view source,
                                                    std::vector<TagError>* errors) {
  TemplateText text;
  auto pieces = TagScanner(source, errors, true).scan();
  if (!pieces && !errors) return tl::unexpected(pieces.error());
  text.source_ = source;
  if (pieces) text.pieces_ = std::move(*pieces);
  return text;
}

TemplateText TemplateText::parse(std::string_view source, std::vector<TagError>& errors) {
  TemplateText text;
  auto pieces = TagScanner(source, &errors).scan();
  text.source_ = source;
  if (pieces) text.pieces_ = std::move(*pieces);
  return text;
}

bool TemplateText::has_expression() const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [](const Piece& piece) { return piece.kind == Piece::Kind::kExpression; });
}

base::Result<std::string> TemplateText::render(const Lookup& lookup,
                                               const RenderOptions& options) const {
  std::string out;
  if (auto status = Renderer(lookup, options).render(*this, out); !status)
    return tl::unexpected(status.error());
  return out;
}

base::Result<std::string> TemplateText::render(const Lookup& lookup, const Environment* environment,
                                               bool allow_unresolved) const {
  return render(lookup,
                RenderOptions{.allow_unresolved = allow_unresolved, .environment = environment});
}

bool is_argo_tag(std::string_view name) {
  constexpr std::array<std::string_view, 7> kPrefixes = {
      "item.", "steps.", "inputs.", "outputs.", "pod.", "workflow.", "tasks."};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace expr
