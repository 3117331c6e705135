#include "server/log_merge.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/time.h"

namespace server {
namespace {

constexpr size_t kLinesAhead = 512;

struct Channel {
  std::deque<std::string> lines;
  bool ended = false, gave_any = false;
  base::Status status;
};

base::Time time_of(std::string_view line) {
  return base::parse_rfc3339(line.substr(0, line.find(' '))).value_or(base::Time());
}

}  // namespace

base::Status merge_lines(const std::vector<LineSource>& sources,
                         const std::function<bool(size_t, std::string_view)>& on_line) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Channel> channels(sources.size());
  bool stopped = false;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < sources.size(); ++i)
    threads.emplace_back([&, i] {
      auto status = sources[i]([&](std::string_view line) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stopped || channels[i].lines.size() < kLinesAhead; });
        channels[i].lines.emplace_back(line);
        channels[i].gave_any = true;
        changed.notify_all();
        return !stopped;
      });
      const std::lock_guard lock(mutex);
      channels[i].ended = true;
      channels[i].status = std::move(status);
      changed.notify_all();
    });

  std::unique_lock lock(mutex);
  while (!stopped) {
    changed.wait(lock, [&] {
      for (const Channel& channel : channels)
        if (!channel.ended && channel.lines.empty()) return false;
      return true;
    });
    size_t first = channels.size();
    for (size_t i = 0; i < channels.size(); ++i) {
      if (channels[i].lines.empty()) continue;
      if (first == channels.size() ||
          time_of(channels[i].lines.front()) < time_of(channels[first].lines.front()))
        first = i;
    }
    if (first == channels.size()) break;
    const std::string line = std::move(channels[first].lines.front());
    channels[first].lines.pop_front();
    changed.notify_all();
    lock.unlock();
    const bool goes_on = on_line(first, line);
    lock.lock();
    if (!goes_on) stopped = true;
  }
  stopped = true;
  changed.notify_all();
  lock.unlock();
  for (std::thread& thread : threads) thread.join();
  base::Status first_error;
  for (Channel& channel : channels) {
    if (channel.gave_any) return {};
    if (!channel.status && first_error) first_error = std::move(channel.status);
  }
  return first_error;
}

}  // namespace server
