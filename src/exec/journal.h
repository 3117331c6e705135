// journal.h — the file in which argoexec writes down the starts and ends of plain processes.
//
// Its length is there before its content, as zeros, so that a sync has to write no inode.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "sys/fd.h"

namespace exec {

class Journal {
 public:
  // Makes the file in the folder, which must not have it. "" or what went wrong.
  std::string create(const std::string& folder);
  // Behind what is there; `durable`: on the disk, with all before it, when this returns. Gives ""
  // or what went wrong: then nothing of it is there.
  std::string append(std::string_view text, bool durable);
  int64_t size() const { return size_; }

 private:
  bool write_at(int64_t at, std::string_view text);
  bool make_room(int64_t end);

  sys::Fd fd_;
  int64_t size_ = 0, room_ = 0;
};

}  // namespace exec
