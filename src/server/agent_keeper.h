// agent_keeper.h — sees to it that the node agent runs, as a process of its own.
//
// An agent that an earlier server started is found by its socket and kept, when it is the same
// program with the same flags; else it is replaced, which changes nothing for the pods that run.
// One that ends is started again, after a pause that grows while it keeps ending.
#pragma once
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace server {

struct AgentKeeperOptions {
  std::vector<std::string> command;  // {"/usr/bin/argo", "agent", …}
  std::string socket, log_file;
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

class AgentKeeper {
 public:
  explicit AgentKeeper(AgentKeeperOptions options);
  ~AgentKeeper();  // the agent lives on
  AgentKeeper(const AgentKeeper&) = delete;
  AgentKeeper& operator=(const AgentKeeper&) = delete;

  void start();
  // Ends the keeping; with `end_agent` the agent too (SIGTERM: its containers go on running).
  void stop(bool end_agent);

 private:
  void loop();
  // The pid of the agent that answers on the socket; 0 when none does.
  int find_agent() const;
  int start_agent();
  // Is it this program, started with these flags?
  bool is_ours(int pid) const;
  // False: we are to stop.
  bool wait(int pid_fd, int timeout_ms) const;

  const AgentKeeperOptions options_;
  const int stop_fd_;
  std::atomic<int> agent_pid_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace server
