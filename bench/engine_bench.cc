// engine_bench [SHAPE…] [N…]: time and memory of the engine alone, a node, for growing workflows.
//
// Each node has a template with two inputs and an argument of three tags, and lives its whole life:
// created, pod running, pod ended; with its pod's template made and checked, and a row at each
// change. Prints "<shape>_<N>_ns_per_node", "…_bytes_per_node" (the State and the Plan) and
// "…_compile_ns" (of the Plan, a node), the smallest of several runs, and the ratio of the largest
// N to the smallest.
#include <gperftools/malloc_extension.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "engine/plan.h"
#include "engine/small_world.h"
#include "engine/state.h"
#include "model/workflow.h"

namespace {

// Time of this process: the engine waits for nothing, so that what else runs does not count.
double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

size_t heap_bytes() {
  size_t bytes = 0;
  MallocExtension::instance()->GetNumericProperty("generic.current_allocated_bytes", &bytes);
  return bytes;
}

model::Parameter parameter(std::string name, std::string value) {
  model::Parameter out;
  out.name = std::move(name);
  out.value = std::move(value);
  return out;
}

model::Template pod() {
  model::Template out;
  out.name = "work";
  out.inputs.parameters.resize(2);
  out.inputs.parameters[0].name = "message";
  out.inputs.parameters[1].name = "level";
  out.inputs.parameters[1].default_ = "info";
  out.container["image"] = text::Value("busybox");
  out.container["args"] = text::Value(
      text::List{text::Value("{{inputs.parameters.message}} {{inputs.parameters.level}}")});
  return out;
}

model::Task task(std::string name, std::string message) {
  model::Task out;
  out.name = std::move(name);
  out.template_ = "work";
  out.arguments.parameters.push_back(parameter("message", std::move(message)));
  return out;
}

model::Workflow workflow(model::Template main) {
  model::Workflow out;
  out.metadata.name = "bench";
  out.metadata.namespace_ = "default";
  out.metadata.uid = "u";
  out.spec.entrypoint = "main";
  out.spec.arguments.parameters.push_back(parameter("who", "world"));
  main.name = "main";
  main.inputs.parameters.resize(1);
  main.inputs.parameters[0].name = "who";
  out.spec.templates.push_back(std::move(main));
  out.spec.templates.push_back(pod());
  return out;
}

constexpr char kMessage[] = "{{inputs.parameters.who}}-{{item}}-{{workflow.name}}";

model::Sequence sequence(size_t count) {
  model::Sequence out;
  out.count = model::IntOrString{std::to_string(count), true};
  return out;
}

model::Workflow fan_out(size_t n) {
  model::Template main;
  model::Task each = task("each", kMessage);
  each.with_sequence = sequence(n);
  main.steps.push_back({each});
  return workflow(std::move(main));
}

// Every message reads what a task before it has given.
std::string message_after(const std::string& before) {
  return "{{inputs.parameters.who}}-{{tasks." + before + ".status}}-{{workflow.name}}";
}

model::Workflow chain(size_t n) {
  model::Template main;
  main.dag.emplace();
  for (size_t i = 0; i < n; ++i) {
    const std::string before = "t" + std::to_string(i == 0 ? 0 : i - 1);
    model::Task next =
        task("t" + std::to_string(i),
             i == 0 ? std::string("a-{{inputs.parameters.who}}-{{workflow.name}}-{{workflow.uid}}")
                    : message_after(before));
    if (i != 0) next.dependencies = {before};
    main.dag->tasks.push_back(std::move(next));
  }
  return workflow(std::move(main));
}

model::Workflow random_dag(size_t n) {
  std::mt19937 random(1);
  model::Template main;
  main.dag.emplace();
  for (size_t i = 0; i < n; ++i) {
    model::Task next = task("t" + std::to_string(i),
                            "a-{{inputs.parameters.who}}-{{workflow.name}}-{{workflow.uid}}");
    std::vector<size_t> before;
    // Ten different ones, as soon as there are as many: the same work a node at every size.
    while (before.size() < std::min<size_t>(10, i)) {
      const size_t other = random() % i;
      if (std::find(before.begin(), before.end(), other) == before.end()) before.push_back(other);
    }
    std::sort(before.begin(), before.end());
    for (const size_t other : before) next.dependencies.push_back("t" + std::to_string(other));
    if (!before.empty())
      next.arguments.parameters[0].value = message_after("t" + std::to_string(before.back()));
    main.dag->tasks.push_back(std::move(next));
  }
  return workflow(std::move(main));
}

// Loops in loops, ten items each, as many levels as it takes.
model::Workflow nested(size_t n) {
  model::Template main;
  model::Task outer = task("outer", kMessage);
  outer.template_ = "inner";
  outer.with_sequence = sequence(std::max<size_t>(1, n / 10));
  main.steps.push_back({outer});
  model::Workflow out = workflow(std::move(main));
  model::Template inner;
  inner.name = "inner";
  inner.inputs.parameters.resize(1);
  inner.inputs.parameters[0].name = "message";
  model::Task each = task("each", "{{inputs.parameters.message}}-{{item}}-{{workflow.name}}");
  each.with_sequence = sequence(10);
  inner.steps.push_back({each});
  out.spec.templates.push_back(std::move(inner));
  return out;
}

// The same with at most three at once, of either.
model::Workflow limited(size_t n) {
  model::Workflow out = nested(n);
  for (const size_t i : {0, 2}) out.spec.templates[i].parallelism = 3;
  return out;
}

// Steps of steps: groups of two, one after the other, each of them steps again.
model::Workflow steps(size_t n) {
  model::Template main;
  for (size_t i = 0; i < n / 4; i += 2) {
    std::vector<model::Task> group;
    for (size_t j = i; j < std::min(i + 2, n / 4); ++j) {
      group.push_back(task("s" + std::to_string(j), "a-{{inputs.parameters.who}}"));
      group.back().template_ = "inner";
    }
    main.steps.push_back(std::move(group));
  }
  model::Workflow out = workflow(std::move(main));
  model::Template inner;
  inner.name = "inner";
  inner.inputs.parameters.resize(1);
  inner.inputs.parameters[0].name = "message";
  const std::string message = "{{inputs.parameters.message}}-{{workflow.name}}";
  inner.steps.push_back({task("a", message), task("b", message)});
  inner.steps.push_back({task("c", message + "-{{steps.a.status}}"), task("d", message)});
  out.spec.templates.push_back(std::move(inner));
  return out;
}

// All wait for one mutex, and get it one after the other.
model::Workflow locks(size_t n) {
  model::Workflow out = fan_out(n);
  text::Value mutex;
  mutex["name"] = text::Value("m");
  out.spec.templates.back().synchronization["mutexes"] = text::Value(text::List{std::move(mutex)});
  return out;
}

struct Figures {
  double ns = 0, bytes = 0, compile_ns = 0;
};

// The pods of a batch are told to run, then to have ended; up to this many at once.
constexpr size_t kBatch = 256;

// A State and the world that asks of it what it wishes for.
class Life {
 public:
  Life(std::shared_ptr<const engine::Plan> plan, bool asks)
      : state_(std::move(plan), 1), asks_(asks) {}

  // From the start to the end; how many pods there were.
  size_t live() {
    events_.push_back(engine::Started{});
    apply();
    size_t next = 0;
    while (again_ || next < ready_.size()) {
      const size_t end = std::min(ready_.size(), next + kBatch);
      for (size_t i = next; i < end; ++i)
        events_.push_back(engine::PodRunning{ready_[i], "", "host", true});
      if (events_.empty()) events_.push_back(engine::Ticked{});
      apply();
      for (; next < end; ++next) {
        engine::PodEnded ended;
        ended.node = ready_[next];
        ended.exit_code = 0;
        ended.finished_at = now_;
        events_.push_back(std::move(ended));
      }
      if (!events_.empty()) apply();
    }
    return next;
  }

  bool is_good() const {
    return row_bytes_ != 0 && state_.is_finished() &&
           state_.summary().phase == engine::Phase::kSucceeded;
  }
  size_t node_count() const { return state_.node_count(); }
  // What the world keeps is not the engine's.
  void forget() {
    ready_ = std::vector<engine::NodeId>();  // `= {}` would keep the room
    events_ = std::vector<engine::Event>();
    actions_ = engine::Actions();
  }

 private:
  void apply() {
    actions_.clear();
    state_.apply(now_, events_, actions_);
    events_.clear();
    again_ = false;
    for (const engine::Action& action : actions_) {
      if (const auto* pod = std::get_if<engine::CreatePod>(&action)) take(*pod);
      if (const auto* changed = std::get_if<engine::NodeChanged>(&action)) {
        row_.clear();
        state_.encode_row(changed->node, row_);
        row_bytes_ += row_.size();
      }
      if (const auto* wake = std::get_if<engine::WakeAt>(&action)) again_ = wake->at <= now_;
    }
    now_ = now_ + base::Duration::millis(1);
    if (!asks_) return;
    events_ = world_.answer(state_, now_, actions_);
    if (!events_.empty()) apply();
  }

  // The pod's template, whose texts are checked.
  void take(const engine::CreatePod& pod) {
    const auto json = state_.pod_template(pod.node);
    if (!json || json->find("-bench") == std::string::npos ||
        json->find("{{") != std::string::npos) {
      std::fprintf(stderr, "wrong template: %s\n", json ? json->c_str() : "none");
      std::exit(1);
    }
    ready_.push_back(pod.node);
  }

  engine::State state_;
  const bool asks_;  // for locks
  engine::SmallWorld world_{engine::LockClient{"default/bench", {}, 0, {}}};
  base::Time now_ = base::Time::from_unix_seconds(1767323045);
  std::vector<engine::NodeId> ready_;
  std::vector<engine::Event> events_;
  engine::Actions actions_;
  std::string row_;
  size_t row_bytes_ = 0;
  bool again_ = false;
};

Figures run(const model::Workflow& source, size_t n) {
  Figures out;
  const size_t before = heap_bytes();
  const double begin = cpu_ns();
  auto plan = engine::compile(source, [](std::string_view, bool) { return nullptr; });
  if (!plan) {
    std::fprintf(stderr, "%s\n", plan.error().text.c_str());
    std::exit(1);
  }
  const double compiled = cpu_ns();
  Life life(*plan, !source.spec.templates.back().synchronization.is_null());
  const double start = cpu_ns();
  const size_t pods = life.live();
  const double stop = cpu_ns();
  if (!life.is_good() || pods != n) {
    std::fprintf(stderr, "wrong result: %zu pods of %zu\n", pods, n);
    std::exit(1);
  }
  life.forget();
  const auto count = static_cast<double>(life.node_count());
  out.ns = (stop - start) / count;
  out.compile_ns = (compiled - begin) / count;
  out.bytes = static_cast<double>(heap_bytes() - before) / count;
  return out;
}

using Shape = model::Workflow (*)(size_t);

void measure(const char* name, Shape shape, const std::vector<size_t>& sizes) {
  double first = 0, last = 0;
  for (const size_t n : sizes) {
    const model::Workflow source = shape(n);
    Figures best{1e18, 1e18, 1e18};
    // Small ones are over in no time: more runs, so that the smallest is a true one.
    const int runs = n >= 100'000 ? 3 : n >= 10'000 ? 10 : 100;
    for (int i = 0; i < runs; ++i) {
      const Figures figures = run(source, n);
      best.ns = std::min(best.ns, figures.ns);
      best.bytes = std::min(best.bytes, figures.bytes);
      best.compile_ns = std::min(best.compile_ns, figures.compile_ns);
    }
    std::printf("%s_%zu_ns_per_node\t%.1f\n", name, n, best.ns);
    std::printf("%s_%zu_bytes_per_node\t%.1f\n", name, n, best.bytes);
    std::printf("%s_%zu_compile_ns\t%.1f\n", name, n, best.compile_ns);
    std::fflush(stdout);
    if (first == 0) first = best.ns;
    last = best.ns;
  }
  std::printf("%s_ratio_largest_to_smallest\t%.2f\n", name, last / first);
}

}  // namespace

int main(int argc, char** argv) {
  // Memory stays in the process between runs, as in a server that lives on: the smallest run then
  // holds no first touches of pages.
  MallocExtension::instance()->SetMemoryReleaseRate(0);
  std::vector<size_t> sizes;
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    const size_t size = std::strtoul(argv[i], nullptr, 10);
    if (size != 0)
      sizes.push_back(size);
    else
      wanted.emplace_back(argv[i]);
  }
  if (sizes.empty()) sizes = {100, 1'000, 10'000, 100'000, 1'000'000};
  const std::pair<const char*, Shape> shapes[] = {
      {"fanout", fan_out},  {"chain", chain}, {"dag", random_dag}, {"nested", nested},
      {"limited", limited}, {"steps", steps}, {"locks", locks}};
  for (const auto& [name, shape] : shapes)
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end())
      measure(name, shape, sizes);
  return 0;
}
