#include "cli/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/table.h"
#include "text/quantity.h"

namespace cli {
namespace {

using play::Span;

constexpr int kBarLeast = 20, kNameMost = 30;

std::string filled(const Paint& paint, size_t count, bool is_pod) {
  std::string out;
  const std::string_view cell = !paint.utf8 ? (is_pod ? "#" : "=") : is_pod ? "█" : "░";
  for (size_t i = 0; i < count; ++i) out += cell;
  return out;
}

class Bars {
 public:
  Bars(const play::Simulation& simulation, const TimelineOptions& options)
      : simulation_(simulation), options_(options) {
    for (const size_t one : simulation.critical_path()) critical_.insert(one);
    for (const Span& span : simulation.spans())
      name_width_ = std::max(name_width_, std::min<size_t>(kNameMost, name(span).size()));
    total_ = std::max<int64_t>(1, (simulation.now() - simulation.start()).ns);
    const int taken = static_cast<int>(name_width_) + 26;
    width_ = static_cast<size_t>(std::max(kBarLeast, options.columns - taken));
  }

  std::string row(size_t index) const {
    const Span& span = simulation_.spans()[index];
    const base::Time end = span.ended.is_set() ? span.ended : simulation_.now();
    const size_t from = cell(span.created), to = std::max(from + 1, cell(end));
    std::string shown = name(span);
    if (shown.size() > name_width_) shown = shown.substr(0, name_width_ - 1) + "…";
    std::string bar =
        filled(options_.paint, std::min(to, width_) - std::min(from, width_ - 1), span.is_pod);
    if (span.phase == engine::Phase::kFailed || span.phase == engine::Phase::kError)
      bar = options_.paint.ink(bar, Paint::kRed);
    else
      bar = options_.paint.ink(bar, span.is_pod ? Paint::kGreen : Paint::kYellow);
    std::string out = fmt::format(" {} ", critical_.contains(index) ? "*" : " ") + shown;
    out.append(name_width_ - std::min(name_width_, shown_width(shown)) + 2, ' ');
    out.append(std::min(from, width_ - 1), ' ');
    out += bar;
    out.append(width_ - std::min(std::max(to, from + 1), width_) + 1, ' ');
    return out + fmt::format("+{} {}\n", text::to_go_string(span.created - simulation_.start()),
                             text::to_go_string(end - span.created));
  }

 private:
  std::string name(const Span& span) const { return simulation_.state().display_name(span.node); }
  size_t cell(base::Time at) const {
    const double part =
        static_cast<double>((at - simulation_.start()).ns) / static_cast<double>(total_);
    return static_cast<size_t>(part * static_cast<double>(width_) + 0.5);
  }

  const play::Simulation& simulation_;
  const TimelineOptions& options_;
  std::set<size_t> critical_;
  size_t name_width_ = 4, width_ = kBarLeast;
  int64_t total_ = 1;
};

}  // namespace

std::string timeline(const play::Simulation& simulation, const TimelineOptions& options) {
  const auto& spans = simulation.spans();
  const Bars bars(simulation, options);
  std::string out;
  const size_t shown = std::min(spans.size(), options.rows_most);
  for (size_t i = 0; i < shown; ++i) out += bars.row(i);
  if (shown < spans.size()) out += fmt::format("   … and {} more\n", spans.size() - shown);
  return out;
}

std::string critical_path(const play::Simulation& simulation) {
  std::string out;
  base::Time before = simulation.start();
  for (const size_t index : simulation.critical_path()) {
    const Span& span = simulation.spans()[index];
    if (span.created > before)
      out += fmt::format("   {:<10} (waits)\n", text::to_go_string(span.created - before));
    out += fmt::format("   {:<10} {}\n", text::to_go_string(span.ended - span.created),
                       simulation.state().display_name(span.node));
    before = span.ended;
  }
  return out;
}

std::string lock_waits(const play::Simulation& simulation) {
  std::string out;
  for (const play::LockWait& wait : simulation.lock_waits()) {
    const base::Time until = wait.until.is_set() ? wait.until : simulation.now();
    out += fmt::format("   {:<10} {} for {}\n", text::to_go_string(until - wait.since),
                       wait.node.valid() ? simulation.state().display_name(wait.node)
                                         : std::string("the workflow"),
                       wait.lock);
  }
  return out;
}

}  // namespace cli
