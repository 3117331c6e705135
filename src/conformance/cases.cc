#include "conformance/cases.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "text/json.h"

namespace conformance {

namespace {

base::Result<text::List> read_cases(const std::string& folder, const std::string& file) {
  const std::string path = folder + "/" + file;
  const auto content = read_file(path);
  if (!content) return base::fail(content.error());
  auto value = text::parse_json(*content, path);
  if (!value) return base::fail(value.error());
  if (!value->is_list()) return base::fail(base::Code::kInvalid, path + " is no list of cases");
  return std::move(value->as_list());
}

base::Status run_file(const std::string& folder, const std::string& file, RunCase run,
                      const Report& report) {
  const auto cases = read_cases(folder, file);
  if (!cases) return base::fail(cases.error());
  for (const text::Value& test : *cases) run(report, test);
  return {};
}

}  // namespace

base::Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::fail(base::Code::kNotFound, "cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

base::Status run_files(const std::string& folder, std::span<const CaseFile> files,
                       const Report& report) {
  for (const CaseFile& file : files)
    if (auto done = run_file(folder, file.name, file.run, report); !done) return done;
  return {};
}

base::Status run_all_files(const std::string& folder, std::string_view prefix, RunCase run,
                           const Report& report) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::string name = entry.path().filename();
    if (name.starts_with(prefix) && name.ends_with(".json")) names.push_back(std::move(name));
  }
  if (error)
    return base::fail(base::Code::kNotFound, "cannot read " + folder + ": " + error.message());
  if (names.empty())
    return base::fail(base::Code::kNotFound, "no " + std::string(prefix) + "*.json in " + folder);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names)
    if (auto done = run_file(folder, name, run, report); !done) return done;
  return {};
}

std::string name_of(const text::Value& test) { return std::string(test.string_at("name")); }

bool same_json(const text::Value& a, const text::Value& b) {
  if (a.is_number() && b.is_number()) {
    const auto x = a.to_int(), y = b.to_int();
    if (x && y) return *x == *y;
    return a.to_double() == b.to_double();
  }
  if (a.is_list() && b.is_list())
    return std::equal(a.as_list().begin(), a.as_list().end(), b.as_list().begin(),
                      b.as_list().end(), same_json);
  if (a.is_map() && b.is_map()) {
    if (a.as_map().size() != b.as_map().size()) return false;
    return std::all_of(a.as_map().begin(), a.as_map().end(), [&](const text::Member& member) {
      const text::Value* other = b.find(member.key);
      return other && same_json(member.value, *other);
    });
  }
  return a == b;
}

bool any_answer_passes(const text::Value& expect) {
  constexpr std::array<std::string_view, 5> kMarks = {"panic", "crash", "neverReturns",
                                                      "internalError", "unstable"};
  return std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
    const text::Value* value = expect.find(mark);
    return value && !value->is_null() && !(value->is_bool() && !value->as_bool());
  });
}

bool report_error(const Report& report, const std::string& id, const text::Value& expect,
                  bool failed, const std::string& got) {
  const bool any = any_answer_passes(expect);
  if (!any && !expect.find("error")) return false;
  report({id, any || failed, any ? "" : "error: " + std::string(expect.string_at("error")), got});
  return true;
}

void report_texts(const Report& report, std::string id, std::string expected, std::string got) {
  const bool ok = expected == got;
  report({std::move(id), ok, std::move(expected), std::move(got)});
}

}  // namespace conformance
