// argo test
#include <map>

#include "cli/check.h"
#include "cli/junit.h"
#include "cli/manifest.h"
#include "cli/verb.h"
#include "model/lint_file.h"
#include "play/test_file.h"
#include "text/quantity.h"

namespace cli {
namespace {

using text::Value;

constexpr Flag kFlags[] = {
    {"coverage", 0, "", "list the templates and branches that no test has taken"},
    {"junit", 0, "FILE", "write the results as JUnit XML too"},
    {"no-utf8", 0, "", "use plain 7-bit characters"},
    {"quiet", 'q', "", "show what failed, and the counts"},
    {"run", 0, "TEXT", "only tests with this text in their name"},
};

// The files with workflows, each read once.
class Workflows {
 public:
  explicit Workflows(Session& session) : session_(session) {}

  base::Result<const Manifest*> read(const std::string& path) {
    const auto known = files_.find(path);
    if (known != files_.end()) return &known->second;
    auto file = read_documents(session_, path);
    if (!file) return base::fail(file.error());
    return &files_.emplace(path, *std::move(file)).first->second;
  }

 private:
  Session& session_;
  std::map<std::string, Manifest> files_;
};

// What a test file is about: the document, and where it came from.
struct Subject {
  const Value* document = nullptr;
  std::string file, source;
};

std::string beside(const Manifest& manifest, const std::string& path) {
  const size_t slash = manifest.file.rfind('/');
  return path.starts_with('/') || slash == std::string::npos
             ? path
             : manifest.file.substr(0, slash + 1) + path;
}

base::Result<Subject> subject_of(const play::TestFile& tests, const Manifest& manifest,
                                 Workflows& workflows) {
  if (tests.workflow_path.empty()) return Subject{&tests.workflow, manifest.file, manifest.source};
  const std::string path = beside(manifest, tests.workflow_path);
  const auto file = workflows.read(path);
  if (!file) return base::fail(file.error());
  for (const Value& document : (*file)->documents) {
    if (!model::is_linted_kind(document.string_at("kind"))) continue;
    const bool named = tests.workflow_name.empty() ||
                       document.string_at("metadata", "name") == tests.workflow_name ||
                       document.string_at("metadata", "generateName") == tests.workflow_name;
    if (named) return Subject{&document, path, (*file)->source};
  }
  return base::fail(base::Code::kNotFound, tests.workflow_name.empty()
                                               ? fmt::format("{} holds no workflow", path)
                                               : fmt::format("{} holds no workflow named \"{}\"",
                                                             path, tests.workflow_name));
}

// The templates and ConfigMaps of the files that the tests name, and of the workflow's own file.
struct Shelf {
  TemplateShelf templates;
  std::vector<Value> config_maps;
};
base::Result<Shelf> shelf_of(const play::TestFile& tests, const Manifest& manifest,
                             Workflows& workflows) {
  std::vector<std::string> paths = tests.template_paths;
  if (!tests.workflow_path.empty()) paths.push_back(tests.workflow_path);
  Shelf out;
  for (const std::string& path : paths) {
    const auto file = workflows.read(beside(manifest, path));
    if (!file) return base::fail(file.error());
    for (const Value& document : (*file)->documents) {
      out.templates.add(document);
      if (document.string_at("kind") == "ConfigMap") out.config_maps.push_back(document);
    }
  }
  return out;
}

std::string failure_text(const Session& session, const play::TestResult& result,
                         const std::string& file, const Subject& subject, bool color) {
  std::string out;
  for (const base::Diagnostic& one : result.mistakes)
    if (one.severity == base::Severity::kError) out += base::render(one, subject.source, color);
  if (!result.error.empty()) out += result.error + "\n";
  const auto ink = [&](const std::string& text, Paint::Ansi ansi) {
    return color ? session.paint.ink(text, ansi) : text;
  };
  for (const play::Difference& one : result.differences)
    out +=
        fmt::format("{}:{}:{}: {}\n{}\n{}\n", file, one.place.line, one.place.column, one.path,
                    ink("  - " + one.expected, Paint::kGreen), ink("  + " + one.got, Paint::kRed));
  return out;
}

struct Totals {
  size_t passed = 0, failed = 0;
  play::Coverage coverage;
  std::vector<JunitSuite> suites;
};

void indent(Session& session, std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1);
    session.print("      {}", text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
}

void run_one(Session& session, const play::TestCase& test, const Manifest& manifest,
             const Subject& subject, const Shelf& shelf, Totals& totals) {
  const base::Time begun = session.now();
  const play::TestSubject played{*subject.document, subject.file, shelf.templates.finder(),
                                 shelf.templates.lister(), shelf.config_maps};
  const play::TestResult result = play::run_test(test, played, totals.coverage);
  JunitCase& entry = totals.suites.back().cases.emplace_back();
  entry.name = test.name;
  entry.seconds = (session.now() - begun).in_seconds();
  ++(result.passed() ? totals.passed : totals.failed);
  if (!result.passed())
    entry.failure = failure_text(session, result, manifest.file, subject, false);
  if (result.passed() && session.flags.on("quiet")) return;
  session.print("  {} {} ({} nodes, {})\n",
                session.paint.phase(result.passed() ? "Succeeded" : "Failed"), test.name,
                result.nodes, text::to_go_string(result.duration));
  if (!result.passed())
    indent(session, failure_text(session, result, manifest.file, subject, session.paint.color));
}

// False: the file itself is wrong, which has been shown.
bool run_file(Session& session, const Manifest& manifest, const Value& document,
              Workflows& workflows, Totals& totals) {
  base::Diagnostics found;
  const play::TestFile tests = play::read_test_file(document, manifest.file, found);
  session.report(found, manifest.source);
  if (base::has_errors(found)) return false;
  const auto subject = subject_of(tests, manifest, workflows);
  const auto shelf = subject ? shelf_of(tests, manifest, workflows) : base::fail(subject.error());
  if (!shelf) {
    if (!is_already_said(shelf.error()))
      session.warn(fmt::format("{}: {}", manifest.file, shelf.error().to_string()));
    return false;
  }
  if (!session.flags.on("quiet"))
    session.print("{}\n", session.paint.ink(manifest.file, Paint::kUnderline));
  totals.suites.push_back({manifest.file, {}});
  const std::string wanted = session.flags.get("run");
  for (const play::TestCase& test : tests.tests)
    if (test.name.find(wanted) != std::string::npos)
      run_one(session, test, manifest, *subject, *shelf, totals);
  return true;
}

void print_totals(Session& session, const Totals& totals, base::Duration took) {
  const auto templates = totals.coverage.templates(), branches = totals.coverage.branches();
  if (session.flags.on("coverage"))
    for (const std::string& name : totals.coverage.uncovered())
      session.print("  not covered: {}\n", name);
  session.print("templates {}/{}, branches {}/{} covered; {:.0f} ms\n", templates.covered,
                templates.all, branches.covered, branches.all, took.in_seconds() * 1000);
  session.print("{} passed, {} failed\n", totals.passed, totals.failed);
}

}  // namespace

std::span<const Flag> test_flags() { return kFlags; }

base::Result<int> run_test(Session& session) {
  const base::Time begun = session.now();
  const auto manifests = read_manifests(session, session.flags.arguments);
  if (!manifests) return base::fail(manifests.error());
  Workflows workflows(session);
  Totals totals;
  bool good = true;
  for (const Manifest& manifest : *manifests)
    for (const Value& document : manifest.documents)
      if (play::is_test_file(document))
        good = run_file(session, manifest, document, workflows, totals) && good;
  if (good && totals.passed + totals.failed == 0)
    return base::fail(base::Code::kInvalid, "no tests found in the given files", {},
                      "a file of tests has `workflow` and a list `tests`");
  if (session.flags.has("junit"))
    if (auto done =
            session.around.files.write_durably(session.flags.get("junit"), to_junit(totals.suites));
        !done)
      return base::fail(done.error());
  print_totals(session, totals, session.now() - begun);
  return good && totals.failed == 0 ? 0 : 1;
}

}  // namespace cli
