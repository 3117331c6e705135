// argoexec — watches one container; started by the node agent, outlives it. See exec/monitor.h.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "exec/enter.h"
#include "exec/monitor.h"
#include "exec/process_monitor.h"
#include "exec/serve.h"
#include "sys/clock.h"

int main(int argc, char** argv) {
  if (argc > 3 && std::string_view(argv[1]) == "enter")
    return exec::enter_and_run(std::atoi(argv[2]), argv + 3);
  if (argc > 3 && std::string_view(argv[1]) == "become") return exec::become_program(argv + 2);
  if (argc > 1 && std::string_view(argv[1]) == "serve") return exec::serve_starts(argc, argv);
  if (argc == 3 && std::string_view(argv[1]) == "watch") {
    const sys::RealClock clock;
    return exec::watch_processes(argv[2], clock);
  }
  if (argc != 2) {
    std::fputs("usage: argoexec <state folder>; it is started by \"argo agent\"\n", stderr);
    return 2;
  }
  const sys::RealClock clock;
  return exec::run_monitor(argv[1], clock);
}
