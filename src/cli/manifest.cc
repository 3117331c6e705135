#include "cli/manifest.h"

#include "model/lint_file.h"
#include "model/validate.h"
#include "text/yaml.h"

namespace cli {
namespace {

constexpr int kRedirectsMost = 5;
constexpr int kDirectoriesMost = 32;  // inside each other: a link may close a circle

bool is_address(std::string_view name) {
  return name.starts_with("http://") || name.starts_with("https://");
}

base::Result<std::string> fetch(Session& session, std::string address) {
  for (int redirects = 0; redirects <= kRedirectsMost; ++redirects) {
    const size_t slash = address.find('/', address.find("://") + 3);
    const std::string host = address.substr(0, slash);
    std::string target = slash == std::string::npos ? "/" : address.substr(slash);
    target.erase(std::min(target.find('#'), target.size()));
    const auto client = session.around.fetch({host, "", session.flags.on("insecure-skip-verify")});
    const auto response = client->send(
        {.method = "GET", .target = target, .headers = {{"Accept", "*/*"}}, .body = {}});
    if (!response) return base::fail(response.error());
    if (response->status == 200) return response->body;
    const std::string next = response->header("Location");
    if (response->status < 300 || response->status >= 400 || next.empty())
      return base::fail(base::Code::kUnavailable,
                        fmt::format("{} answered with status {}", address, response->status));
    address = is_address(next) ? next : host + next;
  }
  return base::fail(base::Code::kUnavailable, address + " redirects again and again");
}

bool is_manifest_name(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

// The manifests of a directory and of those below, appended.
void list_directory(Session& session, const std::string& path, int depth,
                    std::vector<std::string>& out) {
  const auto names = session.around.files.list(path);
  if (!names || depth > kDirectoriesMost) return;
  for (const std::string& name : *names) {
    const std::string inner = path + (path.ends_with('/') ? "" : "/") + name;
    if (is_manifest_name(name))
      out.push_back(inner);
    else
      list_directory(session, inner, depth + 1, out);
  }
}

std::string shown_name(const std::string& name) { return name == "-" ? "stdin" : name; }

// All that is wrong with a text that could not be read whole: the rest of it is linted.
void tell_mistakes(Session& session, const NamedText& text, const text::Reading& reading) {
  base::Diagnostics found;
  const auto add = [&](const std::vector<base::Error>& mistakes) {
    for (const base::Error& one : mistakes)
      found.push_back({base::Severity::kError, "", one.where, "", one.text, one.hint});
  };
  add(reading.mistakes);
  add(reading.duplicates);
  for (const text::Value& document : reading.documents)
    if (model::is_linted_kind(document.string_at("kind")))
      model::lint_document(document, text.file, session.flags.on("strict", true),
                           {.find = {}, .source_text = text.source}, found);
  base::sort_by_place(found);
  session.report(found, text.source);
}

base::Result<Manifest> parse(Session& session, NamedText text) {
  text::Reading reading = text::read_yaml(text.source, text.file);
  if (reading.sound())
    return Manifest{std::move(text.file), std::move(text.source), std::move(reading.documents)};
  tell_mistakes(session, text, reading);
  return already_said();
}

void take_apart_lists(Manifest& out) {
  std::vector<text::Value> documents;
  documents.swap(out.documents);
  for (text::Value& document : documents) {
    text::Value* items = document.find("items");
    if (document.string_at("kind") == "List" && items && items->is_list())
      for (text::Value& item : items->as_list()) out.documents.push_back(std::move(item));
    else
      out.documents.push_back(std::move(document));
  }
}

}  // namespace

base::Result<std::string> read_text(Session& session, const std::string& name) {
  if (name == "-") return session.around.read_input();
  if (is_address(name)) return fetch(session, name);
  return session.around.files.read(name);
}

base::Result<Manifest> read_documents(Session& session, const std::string& name) {
  auto bytes = read_text(session, name);
  if (!bytes) return base::fail(bytes.error());
  return parse(session, {shown_name(name), *std::move(bytes)});
}

base::Result<std::vector<NamedText>> read_texts(Session& session,
                                                const std::vector<std::string>& names) {
  std::vector<NamedText> out;
  for (const std::string& name : names) {
    auto bytes = read_text(session, name);
    if (bytes) {
      out.push_back({shown_name(name), *std::move(bytes)});
      continue;
    }
    std::vector<std::string> files;
    if (name != "-" && !is_address(name)) list_directory(session, name, 0, files);
    if (files.empty()) return base::fail(bytes.error());
    for (const std::string& file : files) {
      auto inner = read_text(session, file);
      if (!inner) return base::fail(inner.error());
      out.push_back({file, *std::move(inner)});
    }
  }
  return out;
}

base::Result<std::vector<Manifest>> read_manifests(Session& session,
                                                   const std::vector<std::string>& names) {
  auto texts = read_texts(session, names);
  if (!texts) return base::fail(texts.error());
  std::vector<Manifest> out;
  bool good = true;
  for (NamedText& text : *texts) {
    auto manifest = parse(session, std::move(text));
    good = good && manifest.has_value();
    if (!good) continue;
    take_apart_lists(*manifest);
    out.push_back(*std::move(manifest));
  }
  if (!good) return already_said();
  return out;
}

}  // namespace cli
