#include "engine/compile_text.h"

#include <algorithm>

#include "text/json.h"

namespace engine {
namespace {

// So many texts are known again when they come once more; of a large workflow most are different.
constexpr size_t kKnownMax = 4096;

struct NamedVar {
  std::string_view name;
  Var var;
};

constexpr NamedVar kPlainTags[] = {
    {"inputs.parameters", Var::kInputs},
    {"item", Var::kItem},
    {"lastRetry.duration", Var::kLastDuration},
    {"lastRetry.exitCode", Var::kLastExitCode},
    {"lastRetry.message", Var::kLastMessage},
    {"lastRetry.status", Var::kLastStatus},
    {"node.name", Var::kNodeName},
    {"pod.name", Var::kPodName},
    {"retries", Var::kRetries},
    {"steps.name", Var::kStepName},
    {"tasks.name", Var::kStepName},
    {"workflow.duration", Var::kWorkflowDuration},
    {"workflow.failures", Var::kWorkflowFailures},
    {"workflow.status", Var::kWorkflowStatus},
};

constexpr NamedVar kTaskTags[] = {
    {"id", Var::kTaskId},
    {"status", Var::kTaskStatus},
    {"startedAt", Var::kTaskStartedAt},
    {"finishedAt", Var::kTaskFinishedAt},
    {"ip", Var::kTaskIp},
    {"hostNodeName", Var::kTaskHost},
    {"exitCode", Var::kTaskExitCode},
    {"outputs.result", Var::kTaskResult},
    {"outputs.parameters", Var::kTaskOutputs},
};

std::optional<std::string_view> after(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  return name.substr(prefix.size());
}

TagMeaning classify_task_tag(const Plan& plan, const PlanTemplate& tmpl, std::string_view rest) {
  if (rest.find(".outputs.artifacts.") != std::string_view::npos) return {};
  const TagMeaning other{Var::kTaskOther, 0, rest, std::nullopt};
  const size_t dot = rest.find('.');
  if (dot == std::string_view::npos) return other;
  const auto index = plan.find_task(tmpl, rest.substr(0, dot));
  if (!index) return other;
  const std::string_view field = rest.substr(dot + 1);
  for (const NamedVar& row : kTaskTags)
    if (row.name == field) return {row.var, *index, {}, std::nullopt};
  if (const auto output = after(field, "outputs.parameters."))
    return {Var::kTaskOutput, *index, *output, std::nullopt};
  return other;
}

}  // namespace

TagMeaning classify_tag(const Plan& plan, const PlanTemplate* tmpl, std::string_view name) {
  for (const NamedVar& row : kPlainTags)
    if (row.name == name) return {row.var, 0, {}, std::nullopt};
  if (const auto key = after(name, "item.")) return {Var::kItemKey, 0, *key, std::nullopt};
  if (const auto input = after(name, "inputs.parameters.")) {
    if (tmpl == nullptr) return {};
    for (size_t i = 0; i < tmpl->inputs.size(); ++i)
      if (tmpl->inputs[i].name == *input)
        return {Var::kInput, static_cast<uint32_t>(i), {}, std::nullopt};
    return {};
  }
  if (tmpl != nullptr && name.find(".artifacts.") != std::string_view::npos)
    for (const auto& [prefix, list] : {std::pair{"inputs.artifacts.", &tmpl->input_artifacts},
                                       std::pair{"outputs.artifacts.", &tmpl->output_artifacts}})
      if (const auto rest = after(name, prefix))
        for (const PlanArtifact& artifact : *list)
          if (!artifact.path.empty() && *rest == artifact.name + ".path")
            return {Var::kUnknown, 0, {}, std::string_view(artifact.path)};
  if (const auto output = after(name, "workflow.outputs.parameters."))
    return {Var::kWorkflowOutput, 0, *output, std::nullopt};
  if (tmpl != nullptr && (tmpl->body == Body::kSteps || tmpl->body == Body::kDag)) {
    if (const auto rest = after(name, tmpl->body == Body::kSteps ? "steps." : "tasks."))
      return classify_task_tag(plan, *tmpl, *rest);
    if ((name.starts_with("steps.") || name.starts_with("tasks.")) &&
        name.find(".outputs.artifacts.") == std::string_view::npos)
      return {Var::kTaskOther, 0, name, std::nullopt};
  }
  if (tmpl != nullptr && tmpl->body != Body::kSteps && tmpl->body != Body::kDag)
    if (const auto rest = after(name, "outputs.parameters.")) {
      for (const PlanOutput& output : tmpl->outputs)
        if (!output.path.empty() && *rest == output.name + ".path")
          return {Var::kUnknown, 0, {}, std::string_view(output.path)};
    }
  if (const auto found = plan.globals.find(name); found != plan.globals.end())
    return {Var::kUnknown, 0, {}, std::string_view(found->second)};
  return {};
}

void append_escaped(std::string& out, std::string_view text) {
  // Nearly all values need no escapes; look first, then copy in one piece.
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 &&
           c != '"' && c != '\\';
  });
  if (plain) {
    out += text;
    return;
  }
  std::string quoted;
  text::append_json_string(quoted, text);
  out.append(quoted, 1, quoted.size() - 2);
}

StrRef TextCompiler::keep(std::string_view text) {
  const StrRef ref{static_cast<uint32_t>(plan_.chars.size()), static_cast<uint32_t>(text.size())};
  plan_.chars.insert(plan_.chars.end(), text.begin(), text.end());
  return ref;
}

StrRef TextCompiler::intern(std::string_view text) {
  if (text.empty()) return {};
  if (interned_.size() >= kKnownMax) interned_.clear();
  const auto [at, fresh] = interned_.try_emplace(std::string(text));
  if (fresh) at->second = keep(text);
  return at->second;
}

void TextCompiler::append_literal(Builder& builder, std::string_view text) {
  if (builder.escape)
    append_escaped(builder.literal, text);
  else
    builder.literal += text;
}

void TextCompiler::flush(Builder& builder) {
  if (builder.literal.empty()) return;
  Piece piece;
  piece.text = builder.literal.size() <= 64 ? intern(builder.literal) : keep(builder.literal);
  builder.pieces.push_back(piece);
  builder.literal.clear();
}

base::Status TextCompiler::append_tag(Builder& builder, const expr::Piece& source, int depth) {
  Piece piece;
  std::string raw;
  if (builder.escape)
    append_escaped(raw, source.raw);
  else
    raw = source.raw;
  if (source.kind == expr::Piece::Kind::kNested) {
    piece.var = Var::kNested;
    piece.a = static_cast<uint32_t>(plan_.nested.size());
    plan_.nested.push_back(source.inner);
  } else if (source.kind == expr::Piece::Kind::kExpression) {
    piece.var = Var::kExpression;
    piece.a = static_cast<uint32_t>(plan_.expressions.size());
    plan_.expressions.push_back(source.expression);
  } else {
    const TagMeaning meaning = classify_tag(plan_, builder.tmpl, source.text);
    if (meaning.constant) {
      if (depth < 4 && meaning.constant->find("{{") != std::string_view::npos)
        return append_text(builder, std::string(*meaning.constant), depth + 1);
      append_literal(builder, *meaning.constant);
      return {};
    }
    piece.var = meaning.var;
    piece.a = meaning.a;
    if (!meaning.text.empty()) {
      flush(builder);
      piece.text = intern(meaning.text);
    }
  }
  flush(builder);
  piece.raw = intern(raw);
  builder.pieces.push_back(piece);
  return {};
}

base::Status TextCompiler::append_text(Builder& builder, std::string_view source, int depth) {
  if (source.find("{{") == std::string_view::npos) {
    append_literal(builder, source);
    return {};
  }
  auto parsed = expr::TemplateText::parse(source);
  if (!parsed) return base::fail(parsed.error());
  constexpr size_t kPiecesMost = 100'000, kBytesMost = 16 << 20;
  for (const expr::Piece& piece : parsed->pieces()) {
    // Constants that hold tags are put in here: a hundred of a hundred of a hundred …
    if (depth > 0 && (builder.pieces.size() > kPiecesMost || builder.literal.size() > kBytesMost))
      return base::fail(base::Code::kInvalid,
                        "the values of its tags hold more than 100,000 tags or 16 MiB in all");
    if (piece.kind == expr::Piece::Kind::kLiteral) {
      append_literal(builder, piece.text);
    } else if (auto done = append_tag(builder, piece, depth); !done) {
      return done;
    }
  }
  return {};
}

base::Status TextCompiler::append_value(Builder& builder, const text::Value& value) {
  if (value.is_string()) {
    builder.literal += '"';
    if (auto done = append_text(builder, value.as_string(), 0); !done) return done;
    builder.literal += '"';
  } else if (value.is_list()) {
    char separator = '[';
    for (const text::Value& element : value.as_list()) {
      builder.literal += separator;
      separator = ',';
      if (auto done = append_value(builder, element); !done) return done;
    }
    builder.literal += separator == '[' ? "[]" : "]";
  } else if (value.is_map()) {
    char separator = '{';
    for (const text::Member& member : value.as_map()) {
      builder.literal += separator;
      separator = ',';
      if (auto done = append_value(builder, text::Value(member.key)); !done) return done;
      builder.literal += ':';
      if (auto done = append_value(builder, member.value); !done) return done;
    }
    builder.literal += separator == '{' ? "{}" : "}";
  } else {
    text::append_json(builder.literal, value);
  }
  return {};
}

TextId TextCompiler::finish(Builder& builder) {
  flush(builder);
  const TextId id{static_cast<uint32_t>(plan_.texts.size())};
  plan_.texts.push_back(Text{static_cast<uint32_t>(plan_.pieces.size()),
                             static_cast<uint32_t>(builder.pieces.size())});
  plan_.pieces.insert(plan_.pieces.end(), builder.pieces.begin(), builder.pieces.end());
  return id;
}

void TextCompiler::mark_results(std::string_view source, const PlanTemplate& tmpl) {
  constexpr std::string_view kField = "outputs.result";
  const std::string_view scope = tmpl.body == Body::kSteps ? "steps" : "tasks";
  for (size_t at = source.find(kField); at != source.npos; at = source.find(kField, at + 1)) {
    if (at < 2 || source[at - 1] != '.') continue;
    std::string_view before = source.substr(0, at - 1);
    const bool quoted = before.ends_with("']") || before.ends_with("\"]");
    if (quoted) before.remove_suffix(2);
    const size_t start = before.find_last_of(quoted ? "'\"" : ".");
    if (start == before.npos) continue;
    const std::string_view name = before.substr(start + 1);
    std::string_view prefix = before.substr(0, start);
    if (quoted && prefix.ends_with('[')) prefix.remove_suffix(1);
    if (!prefix.ends_with(scope)) continue;
    if (const auto index = plan_.find_task(tmpl, name))
      plan_.tasks[tmpl.tasks_first + *index].wants_result = true;
  }
}

base::Result<TextId> TextCompiler::add(std::string_view source, const PlanTemplate* tmpl) {
  if (known_for_ != tmpl || known_.size() >= kKnownMax) {
    known_.clear();
    known_for_ = tmpl;
  }
  const auto [at, fresh] = known_.try_emplace(std::string(source));
  if (!fresh) return at->second;
  if (tmpl != nullptr && tmpl->tasks_count != 0) mark_results(source, *tmpl);
  Builder builder{.tmpl = tmpl};
  if (auto done = append_text(builder, source, 0); !done) {
    known_.erase(at);
    return base::fail(done.error());
  }
  at->second = finish(builder);
  return at->second;
}

base::Result<TextId> TextCompiler::add_json(const text::Value& value, const PlanTemplate* tmpl) {
  Builder builder{.tmpl = tmpl, .escape = true};
  if (auto done = append_value(builder, value); !done) return base::fail(done.error());
  return finish(builder);
}

}  // namespace engine
