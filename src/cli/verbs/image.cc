// argo image ls|pull|import|rm|prune
#include "cli/humanize.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace cli {
namespace {

using text::Value;

constexpr Flag kFlags[] = {
    {"name", 0, "NAME", "for import: name of the image, where the file has none"},
};

constexpr std::string_view kImages = "/api/v1/agent/images";

std::string size_text(const Value& image) {
  const Value* bytes = image.find("sizeBytes");
  const double size = bytes ? bytes->to_double().value_or(0) : 0;
  if (size >= 1e9) return fmt::format("{:.1f} GB", size / 1e9);
  if (size >= 1e6) return fmt::format("{:.1f} MB", size / 1e6);
  return fmt::format("{:.1f} kB", size / 1e3);
}

base::Result<int> list_images(Session& session) {
  const auto answer = session.api.get(std::string(kImages));
  if (!answer) return base::fail(answer.error());
  Table table(3);
  table.add({"NAME", "DIGEST", "SIZE", "AGE"});
  const Value* images = answer->find("images");
  if (images && images->is_list()) {
    for (const Value& image : images->as_list()) {
      std::string digest(image.string_at("digest"));
      if (digest.starts_with("sha256:")) digest = digest.substr(7, 12);
      const base::Time pulled = time_at(image, "pulledAt");
      table.add({std::string(image.string_at("name")), digest, size_text(image),
                 pulled.is_set() ? short_duration(session.now() - pulled) : ""});
    }
  }
  session.around.out(table.text());
  return 0;
}

base::Result<int> pull_image(Session& session, const std::string& name) {
  Value body;
  body["name"] = name;
  const base::Status done =
      session.api.stream("POST", std::string(kImages), &body, [&](const Value& line) {
        const Value* image = line.find("image");
        if (image)
          session.print("{} {}\n", image->string_at("name"), image->string_at("digest"));
        else if (const Value* progress = line.find("progress"))
          session.print("{}\n", one_line(progress->to_any_string()));
        session.around.flush();
        return true;
      });
  if (!done) return base::fail(done.error());
  return 0;
}

base::Result<int> import_image(Session& session, const std::string& path) {
  Value body;
  const bool relative = !path.starts_with('/') && !session.around.working_directory.empty();
  body["path"] = relative ? session.around.working_directory + "/" + path : path;
  if (session.flags.has("name")) body["name"] = session.flags.get("name");
  const auto answer = session.api.post(std::string(kImages) + "/import", body);
  if (!answer) return base::fail(answer.error());
  const Value* image = answer->find("image");
  const Value& of = image ? *image : *answer;
  session.print("{} {}\n", of.string_at("name"), of.string_at("digest"));
  return 0;
}

base::Result<int> remove_image(Session& session, const std::string& name) {
  Query query;
  query.add("name", name);
  const auto answer = session.api.remove(std::string(kImages) + query.text());
  if (!answer) return base::fail(answer.error());
  session.print("image {} removed\n", name);
  return 0;
}

base::Result<int> prune_images(Session& session) {
  const auto answer = session.api.post(std::string(kImages) + "/prune", Value(text::Map()));
  if (!answer) return base::fail(answer.error());
  const Value* freed = answer->find("bytesFreed");
  session.print("{:.1f} MB freed\n", freed ? freed->to_double().value_or(0) / 1e6 : 0.0);
  return 0;
}

struct Action {
  std::string_view name;
  bool takes_names;
  base::Result<int> (*one)(Session& session, const std::string& name);
  base::Result<int> (*all)(Session& session);
};

constexpr Action kActions[] = {
    {"import", true, import_image, nullptr}, {"ls", false, nullptr, list_images},
    {"prune", false, nullptr, prune_images}, {"pull", true, pull_image, nullptr},
    {"rm", true, remove_image, nullptr},
};

}  // namespace

std::span<const Flag> image_flags() { return kFlags; }

base::Result<int> run_image(Session& session) {
  const auto& words = session.flags.arguments;
  for (const Action& action : kActions) {
    if (action.name != words[0]) continue;
    if (action.takes_names != (words.size() > 1))
      return base::fail(base::Code::kInvalid,
                        fmt::format("`argo image {}` {}", action.name,
                                    action.takes_names ? "needs a name" : "takes no name"));
    if (!action.takes_names) return action.all(session);
    for (size_t i = 1; i < words.size(); ++i)
      if (const auto done = action.one(session, words[i]); !done) return base::fail(done.error());
    return 0;
  }
  return base::fail(base::Code::kInvalid, fmt::format("unknown action \"{}\"", words[0]), {},
                    "one of ls, pull, import, rm, prune");
}

}  // namespace cli
