#include "play/mocks.h"

#include <algorithm>

#include "play/reader.h"

namespace play {
namespace {

using engine::PodEnded;
using text::Value;

PodAnswer read_answer(Reader& reader, const PodAnswer& before) {
  PodAnswer out = before;
  const bool was_good = before.outcome == PodEnded::Outcome::kSucceeded;
  const std::string phase =
      reader.word("phase", {was_good ? "Succeeded" : "Failed", "Succeeded", "Failed", "Error"});
  out.outcome = phase == "Succeeded" ? PodEnded::Outcome::kSucceeded
                : phase == "Error"   ? PodEnded::Outcome::kError
                                     : PodEnded::Outcome::kFailed;
  if (const auto code = reader.whole("exitCode")) {
    out.exit_code = static_cast<int>(*code);
    if (*code != 0 && out.outcome == PodEnded::Outcome::kSucceeded)
      out.outcome = PodEnded::Outcome::kFailed;
  }
  out.message = reader.text("message", before.message);
  if (const auto result = reader.optional_text("result")) out.result = result;
  for (auto& [name, value] : reader.texts("outputs")) out.parameters.emplace_back(name, value);
  for (auto& [name, code] : reader.texts("containers")) out.containers.emplace_back(name, code);
  if (const Value* missing = reader.list("missing"))
    for (const Value& name : missing->as_list())
      out.missing_parameters.push_back(name.to_any_string());
  if (const auto duration = reader.duration("duration")) out.running = *duration;
  if (const auto pending = reader.duration("pending")) out.pending = *pending;
  return out;
}

Mock read_mock(const Value& value, std::string_view file, const std::string& path,
               base::Diagnostics& found) {
  Reader reader(value, file, path, found);
  Mock out;
  out.place = value.place;
  out.template_name = reader.text("template");
  out.node = reader.text("node");
  if (out.template_name.empty() && out.node.empty() && value.is_map())
    reader.report(value, path, "a mock says which nodes it stands for", "add `template` or `node`");
  out.inputs = reader.texts("inputs");
  out.has_duration = value.find("duration") != nullptr;
  const PodAnswer common = read_answer(reader, {});
  const Value* attempts = reader.list("attempts");
  if (attempts != nullptr)
    for (size_t i = 0; i < attempts->as_list().size(); ++i) {
      Reader one(attempts->as_list()[i], file, path + ".attempts[" + std::to_string(i) + "]",
                 found);
      out.attempts.push_back(read_answer(one, common));
    }
  if (out.attempts.empty()) out.attempts.push_back(common);
  return out;
}

bool has_inputs(const Asked& asked, const model::StringMap& wanted) {
  if (wanted.empty()) return true;
  const auto given = asked.state.inputs(asked.node);
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& one) {
    return std::find(given.begin(), given.end(),
                     std::pair<std::string_view, std::string_view>(one)) != given.end();
  });
}

// `pattern` may have * for anything and ? for any character.
bool fits(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, tried = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      tried = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++tried;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

std::vector<Mock> read_mocks(const Value& list, std::string_view file, std::string_view path,
                             base::Diagnostics& found) {
  std::vector<Mock> out;
  if (!list.is_list()) return out;
  for (size_t i = 0; i < list.as_list().size(); ++i)
    out.push_back(read_mock(list.as_list()[i], file,
                            std::string(path) + "[" + std::to_string(i) + "]", found));
  return out;
}

bool names_node(const std::string& pattern, const engine::State& state, engine::NodeId node) {
  const std::string name = state.node_name(node);
  if (fits(pattern, name) || fits(pattern, state.display_name(node))) return true;
  // "wf[0].step" and "wf.task" without "wf".
  const size_t start = name.find_first_of(".[");
  if (start == std::string::npos) return false;
  return fits(pattern, std::string_view(name).substr(name[start] == '.' ? start + 1 : start));
}

MockedAnswers::MockedAnswers(const std::vector<Mock>& mocks, const model::WorkflowSpec& spec,
                             GuessOptions options)
    : mocks_(mocks), used_(mocks.size()), guesses_(spec, options) {}

const Mock* MockedAnswers::find(const Asked& asked) {
  for (size_t i = 0; i < mocks_.size(); ++i) {
    const Mock& mock = mocks_[i];
    if (!mock.template_name.empty() && mock.template_name != asked.template_name) continue;
    // The items of a loop and the attempts of a retry are answered by their step's name too.
    if (!mock.node.empty() && !names_node(mock.node, asked.state, asked.node) &&
        !fits(mock.node, asked.state.view(asked.node).task_name))
      continue;
    if (!has_inputs(asked, mock.inputs)) continue;
    used_[i] = true;
    return &mock;
  }
  return nullptr;
}

base::Result<PodAnswer> MockedAnswers::pod(const Asked& asked) {
  const Mock* mock = find(asked);
  if (mock == nullptr) return guesses_.pod(asked);
  PodAnswer out = mock->attempts[std::min<size_t>(asked.attempt, mock->attempts.size() - 1)];
  guesses_.complete(asked, out);
  return out;
}

std::optional<ResumeAnswer> MockedAnswers::resume(const Asked& asked) {
  const Mock* mock = find(asked);
  if (mock == nullptr || !mock->has_duration) return guesses_.resume(asked);
  const PodAnswer& answer = mock->attempts.front();
  return ResumeAnswer{answer.running, answer.parameters};
}

std::optional<ResumeAnswer> MockedAnswers::resume_at_last(const Asked& asked) {
  const Mock* mock = find(asked);
  if (mock == nullptr) return guesses_.resume_at_last(asked);
  return ResumeAnswer{{}, mock->attempts.front().parameters};
}

std::vector<const Mock*> MockedAnswers::unused() const {
  std::vector<const Mock*> out;
  for (size_t i = 0; i < mocks_.size(); ++i)
    if (!used_[i]) out.push_back(&mocks_[i]);
  return out;
}

}  // namespace play
