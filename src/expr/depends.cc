#include "expr/depends.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

namespace expr {
namespace {

constexpr std::array<std::string_view, 8> kResultNames = {"Succeeded",    "Failed",   "Errored",
                                                          "Skipped",      "Omitted",  "Daemoned",
                                                          "AnySucceeded", "AllFailed"};
constexpr int kDepthMax = 200;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_character(char c) { return is_letter(c) || is_digit(c) || c == '-'; }

std::optional<TaskResult> result_of(std::string_view name) {
  const auto it = std::find(kResultNames.begin(), kResultNames.end(), name);
  if (it == kResultNames.end()) return std::nullopt;
  return static_cast<TaskResult>(it - kResultNames.begin());
}

// Where each name stands in `tasks`; the keys point into the caller's text.
using TaskIndex = std::unordered_map<std::string_view, uint32_t>;

uint32_t index_of_task(TaskIndex& index, std::vector<std::string>& tasks, std::string_view name) {
  const auto [it, added] = index.emplace(name, static_cast<uint32_t>(tasks.size()));
  if (added) tasks.emplace_back(name);
  return it->second;
}

// Recursive descent; each rule gives the index of the node it made, or an error.
class Parser {
 public:
  Parser(std::string_view source, std::vector<DependsUse>* uses) : source_(source), uses_(uses) {}

  base::Result<Depends> parse() {
    out_.nodes.emplace_back();  // the root's place
    auto root = parse_choice();
    if (!root) return tl::unexpected(root.error());
    skip_space();
    if (at_ < source_.size()) return fail("expected && or ||");
    // The root is at index 0: its node moves there, its own place stays unused.
    out_.nodes[0] = out_.nodes[*root];
    return std::move(out_);
  }

 private:
  tl::unexpected<base::Error> fail(std::string text, std::string hint = {}) const {
    return base::fail(base::Code::kInvalid, "depends: " + std::move(text),
                      {.file = {}, .line = 1, .column = static_cast<uint32_t>(at_ + 1)},
                      std::move(hint));
  }
  void skip_space() {
    while (at_ < source_.size() &&
           (source_[at_] == ' ' || (source_[at_] >= '\t' && source_[at_] <= '\r')))
      ++at_;
  }
  bool take(std::string_view token) {
    skip_space();
    if (source_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  // A binary operator; all values are booleans, so that each is associative with its like.
  struct Symbol {
    std::string_view text;
    Depends::Kind kind;
  };
  using Rule = base::Result<uint32_t> (Parser::*)();

  // condition ? value : value
  base::Result<uint32_t> parse_choice() {
    auto condition = parse_or();
    if (!condition || !take("?")) return condition;
    if (++depth_ > kDepthMax) return too_deep();
    auto left = parse_choice();
    if (!left) return left;
    if (!take(":")) return fail("expected :");
    auto right = parse_choice();
    if (!right) return right;
    --depth_;
    const uint32_t pair = add({.kind = Depends::Kind::kPair, .left = *left, .right = *right});
    return add({.kind = Depends::Kind::kChoice, .left = *condition, .right = pair});
  }
  base::Result<uint32_t> parse_or() {
    constexpr Symbol kSymbols[] = {{"||", Depends::Kind::kOr}};
    return parse_chain(kSymbols, &Parser::parse_and);
  }
  base::Result<uint32_t> parse_and() {
    constexpr Symbol kSymbols[] = {{"&&", Depends::Kind::kAnd}};
    return parse_chain(kSymbols, &Parser::parse_equal);
  }
  base::Result<uint32_t> parse_equal() {
    constexpr Symbol kSymbols[] = {{"==", Depends::Kind::kEqual}, {"!=", Depends::Kind::kUnequal}};
    return parse_chain(kSymbols, &Parser::parse_coalesce);
  }

  // operand (operator operand)*, leaning to the right.
  base::Result<uint32_t> parse_chain(std::span<const Symbol> symbols, Rule next) {
    std::vector<uint32_t> operands;
    std::vector<Depends::Kind> kinds;
    bool begins_coalesced = false;
    for (;;) {
      auto operand = (this->*next)();
      if (!operand) return operand;
      if (operands.empty()) begins_coalesced = std::exchange(is_coalesced_, false);
      operands.push_back(*operand);
      const auto symbol = std::find_if(symbols.begin(), symbols.end(),
                                       [&](const Symbol& each) { return take(each.text); });
      if (symbol == symbols.end()) break;
      if (begins_coalesced && kinds.empty())
        return fail("?? cannot be mixed with other operators", "put it in parentheses");
      kinds.push_back(symbol->kind);
    }
    is_coalesced_ = begins_coalesced;
    uint32_t right = operands.back();
    for (size_t i = operands.size() - 1; i-- > 0;)
      right = add({.kind = kinds[i], .left = operands[i], .right = right});
    return right;
  }

  // The result of a task is never nil: what follows is but another dependency.
  base::Result<uint32_t> parse_coalesce() {
    auto first = parse_not();
    bool is_coalesced = false;
    while (first && take("??")) {
      is_coalesced = true;
      if (auto other = parse_not(); !other) return other;
    }
    is_coalesced_ = is_coalesced;
    return first;
  }

  base::Result<uint32_t> parse_not() {
    bool negated = false;
    while (take("!")) negated = !negated;
    auto operand = parse_operand();
    if (!operand || !negated) return operand;
    return add({.kind = Depends::Kind::kNot, .left = *operand, .right = *operand});
  }

  tl::unexpected<base::Error> too_deep() const {
    return fail("more than 200 parentheses inside each other");
  }

  base::Result<uint32_t> parse_operand() {
    if (take("(")) {
      if (++depth_ > kDepthMax) return too_deep();
      auto inner = parse_choice();
      if (!inner) return inner;
      if (!take(")")) return fail("expected )");
      --depth_;
      return inner;
    }
    skip_space();
    if (at_ == source_.size()) return fail("expected a task's name, the text ends here");
    if (!is_letter(source_[at_]) && !is_digit(source_[at_])) return fail("expected a task's name");
    return parse_task();
  }

  base::Result<uint32_t> parse_task() {
    const size_t start = at_;
    while (at_ < source_.size() && is_name_character(source_[at_])) ++at_;
    const std::string_view name = source_.substr(start, at_ - start);
    // Argo hands the text to expr-lang, where a name that begins with a digit is a bad number.
    if (is_digit(name[0])) {
      at_ = start;
      return fail("the task name \"" + std::string(name) + "\" begins with a digit",
                  "a task that others depend on needs a name that begins with a letter");
    }
    if (uses_) uses_->push_back({static_cast<uint32_t>(start), static_cast<uint32_t>(at_)});
    Depends::Node node{.kind = Depends::Kind::kOperand, .bare = true};
    if (at_ < source_.size() && source_[at_] == '.') {
      const size_t dot = at_++;
      while (at_ < source_.size() && is_letter(source_[at_])) ++at_;
      const std::string_view word = source_.substr(dot + 1, at_ - dot - 1);
      const auto result = result_of(word);
      if (!result) {
        at_ = dot + 1;
        return fail("task result \"" + std::string(word) + "\" of task \"" + std::string(name) +
                        "\" is invalid",
                    "one of Succeeded, Failed, Errored, Skipped, Omitted, Daemoned, AnySucceeded, "
                    "AllFailed");
      }
      node.result = *result;
      node.bare = false;
    }
    node.task = index_of_task(index_, out_.tasks, name);
    return add(node);
  }

  uint32_t add(Depends::Node node) {
    out_.nodes.push_back(node);
    return static_cast<uint32_t>(out_.nodes.size() - 1);
  }

  std::string_view source_;
  std::vector<DependsUse>* uses_;
  size_t at_ = 0;
  int depth_ = 0;
  bool is_coalesced_ = false;  // what was parsed last ends with a ?? without parentheses
  TaskIndex index_;
  Depends out_;
};

}  // namespace

std::string_view name_of(TaskResult result) { return kResultNames[static_cast<size_t>(result)]; }

base::Result<Depends> parse_depends(std::string_view source, std::vector<DependsUse>* uses) {
  return Parser(source, uses).parse();
}

Depends depends_of_dependencies(const std::vector<std::string>& dependencies) {
  Depends out;
  TaskIndex index;
  if (dependencies.empty()) return out;
  const auto count = static_cast<uint32_t>(dependencies.size());
  // Nodes 0 … count-2 are the &&s of the chain, the operands stand behind them.
  const uint32_t operands = count - 1;
  for (uint32_t i = 0; i < operands; ++i) {
    const bool last = i + 1 == operands;
    out.nodes.push_back({.kind = Depends::Kind::kAnd,
                         .left = operands + i,
                         .right = last ? operands + i + 1 : i + 1});
  }
  for (const std::string& name : dependencies)
    out.nodes.push_back({.kind = Depends::Kind::kOperand,
                         .task = index_of_task(index, out.tasks, name),
                         .bare = true});
  return out;
}

}  // namespace expr
