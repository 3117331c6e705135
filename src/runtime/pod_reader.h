// pod_reader.h — reads fields out of a Pod's value and keeps the first thing that is wrong.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/value.h"

namespace runtime {

class PodReader {
 public:
  // Every function takes the map, the key in it, and the map's path for messages.
  std::string text(const text::Value& map, std::string_view key, const std::string& path);
  std::optional<int64_t> number(const text::Value& map, std::string_view key,
                                const std::string& path);
  std::optional<bool> boolean(const text::Value& map, std::string_view key,
                              const std::string& path);
  std::optional<std::vector<std::string>> texts(const text::Value& map, std::string_view key,
                                                const std::string& path);
  // The items of a list of maps.
  void each(const text::Value& map, std::string_view key, const std::string& path,
            const std::function<void(const text::Value& item, const std::string& path)>& visit);
  // A string or whole number, as its text.
  std::string text_or_number(const text::Value& map, std::string_view key, const std::string& path);
  // Refuses the keys that are not in the list.
  void known(const text::Value& map, const std::string& path,
             std::initializer_list<std::string_view> keys);
  void refuse(base::Code code, const std::string& path, std::string_view why);

  bool is_good() const { return !error_; }
  const base::Error& error() const { return *error_; }

 private:
  const text::Value* member(const text::Value& map, std::string_view key);
  std::optional<base::Error> error_;
};

}  // namespace runtime
