// flags.h — a command line taken apart by a table of flags, in the manner of Go's pflag.
//
// "--name value", "--name=value", "-n value", "-nvalue", "-n=value", "-fw" for two switches; flags
// and arguments may mix; behind "--" everything is an argument. An unknown flag is an error that
// names the nearest one.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/submit_options.h"

namespace cli {

struct Flag {
  std::string_view name;
  char letter = 0;           // 0: none
  std::string_view value;    // name of its value in the help; empty: a switch
  std::string_view help;     // one line
  std::string_view words{};  // the values it may have, "a|b"; empty: any
};

class Flags {
 public:
  // Rows of `own` win over rows of `shared` where a letter or a name is in both.
  static base::Result<Flags> parse(std::span<const std::string> args, std::span<const Flag> own,
                                   std::span<const Flag> shared);

  bool has(std::string_view name) const { return values_.contains(name); }
  // A switch; "--name=false" turns it off.
  bool on(std::string_view name, bool without = false) const;
  std::string get(std::string_view name,
                  std::string_view without = {}) const;  // the last one given
  std::vector<std::string> all(std::string_view name) const;
  // Split at commas, as "--status Running,Pending".
  std::vector<std::string> list(std::string_view name) const;
  base::Result<int64_t> whole(std::string_view name, int64_t without) const;

  std::vector<std::string> arguments;

 private:
  base::Status read_long(std::span<const std::string> args, size_t& at);
  base::Status read_letters(std::span<const std::string> args, size_t& at);
  base::Status set(const Flag& flag, std::string value);
  const Flag* find(std::string_view name) const;
  const Flag* find(char letter) const;

  std::span<const Flag> own_, shared_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

using model::split_assignment;

// "  -w, --wait            wait for the workflow to complete" and so on, one line a flag.
std::string describe(std::span<const Flag> flags);

}  // namespace cli
