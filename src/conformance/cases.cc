#include "conformance/cases.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "text/json.h"

namespace conformance {

base::Result<text::List> read_cases(const std::string& folder, const std::string& file) {
  const std::string path = folder + "/" + file;
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::fail(base::Code::kNotFound, "cannot read " + path);
  std::stringstream content;
  content << in.rdbuf();
  auto value = text::parse_json(content.str(), path);
  if (!value) return tl::unexpected(value.error());
  if (!value->is_list()) return base::fail(base::Code::kInvalid, path + " is no list of cases");
  return std::move(value->as_list());
}

base::Result<std::vector<std::string>> json_files(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") names.push_back(entry.path().filename());
  if (error)
    return base::fail(base::Code::kNotFound, "cannot read " + folder + ": " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

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

void report_texts(const Report& report, std::string id, std::string expected, std::string got) {
  const bool ok = expected == got;
  report({std::move(id), ok, std::move(expected), std::move(got)});
}

}  // namespace conformance
