// Each operation of Argo's REST, as its API document lists them, has an answer of its own.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/server_fixture.h"
#include "sys/fd.h"
#include "sys/unix_socket.h"

namespace sim {
namespace {

std::filesystem::path shared() {
  const char* given = std::getenv("ARGON_SHARED");
  return given ? given : ARGON_SOURCE_DIR "/../shared";
}

class Routes : public ServerTest {
 protected:
  // Status and, of an error, the body. Streams go on: of them no more than the head is read.
  std::pair<int, std::string> ask(const std::string& method, const std::string& path) const {
    const auto connected = sys::connect_unix(folder_ + "/s");
    EXPECT_TRUE(connected);
    const sys::Fd fd(connected.value_or(-1));
    const std::string request = method + " " + path +
                                " HTTP/1.1\r\nHost: argo\r\nConnection: close\r\n"
                                "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    EXPECT_EQ(write(fd.get(), request.data(), request.size()),
              static_cast<ssize_t>(request.size()));
    std::string answer;
    char bytes[4096];
    int status = 0;
    for (ssize_t count; (count = read(fd.get(), bytes, sizeof bytes)) > 0;) {
      answer.append(bytes, static_cast<size_t>(count));
      if (answer.size() > 12) status = std::atoi(answer.c_str() + 9);
      if (status == 200 && answer.find("\r\n\r\n") != std::string::npos) break;
    }
    return {status, answer};
  }
};

TEST_F(Routes, EveryOperationOfArgosApiIsThere) {
  std::ifstream file(shared() / "schemas" / "workflows-api.json");
  if (!file) GTEST_SKIP() << "no shared/schemas/workflows-api.json beside the project";
  std::stringstream text;
  text << file.rdbuf();
  const auto document = text::parse_json(text.str());
  ASSERT_TRUE(document);
  size_t count = 0;
  for (const text::Member& operation : document->as_map()) {
    const size_t space = operation.key.find(' ');
    if (space == std::string::npos) continue;  // a note about the document
    const std::string method = operation.key.substr(0, space);
    std::string path = operation.key.substr(space + 1);
    for (size_t open; (open = path.find('{')) != std::string::npos;)
      path.replace(open, path.find('}') - open + 1, "x");
    const auto [status, body] = ask(method, path);
    EXPECT_NE(status, 405) << operation.key;
    EXPECT_NE(status, 501) << operation.key << ": " << body;
    EXPECT_EQ(body.find("no such path"), std::string::npos) << operation.key << ": " << body;
    ++count;
  }
  EXPECT_EQ(count, 73u);
}

}  // namespace
}  // namespace sim
