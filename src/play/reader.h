// reader.h — takes a map of a user's file apart, and reports every mistake in it with its place.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/time.h"
#include "text/value.h"

namespace play {

class Reader {
 public:
  // `map`, `file` and `found` outlive the reader. Reports when `map` is none.
  Reader(const text::Value& map, std::string_view file, std::string path, base::Diagnostics& found);
  // Reports the members that nobody asked for.
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  const text::Value* any(std::string_view name);  // null when absent
  const text::Value* list(std::string_view name);
  const text::Value* map(std::string_view name);
  std::string text(std::string_view name, std::string_view without = {});
  std::optional<std::string> optional_text(std::string_view name);
  std::optional<int64_t> whole(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  // "30s", "1h30m", or seconds.
  std::optional<base::Duration> duration(std::string_view name);
  // A map of names to scalars; lists and maps become JSON.
  std::vector<std::pair<std::string, std::string>> texts(std::string_view name);
  // One of the words; the first when absent.
  std::string word(std::string_view name, std::initializer_list<std::string_view> words);

  std::string path_of(std::string_view name) const;
  void report(const text::Value& at, std::string path, std::string text, std::string hint = {});

 private:
  const text::Value& map_;
  std::string_view file_;
  std::string path_;
  base::Diagnostics& found_;
  std::vector<std::string_view> known_;
};

}  // namespace play
