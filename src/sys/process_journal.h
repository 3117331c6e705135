// process_journal.h — how the node agent and the argoexec that watches plain processes speak.
//
// One argoexec watches many processes (exec/process_monitor.h) and writes one journal for all of
// them: an entry a line, with a sum in front, so that a line that a loss of power has torn ends the
// reading. Over their Unix stream socket it sends the same lines, and takes requests. Pure values.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sys {

// The files of such an argoexec's folder.
namespace process_file {
inline constexpr char kJournal[] = "journal";
inline constexpr char kSocket[] = "socket";  // it listens on descriptor 0, named so by the agent
}  // namespace process_file

struct JournalEntry {
  enum class Kind : char {
    kOpened = 'O',   // the first: "<pid> <start ticks> <boot id>" of argoexec; no attempt
    kBegun = 'B',    // the mark of an attempt, durable before it starts: the pod's work folder
    kStarted = 'S',  // "<pid> <ns since 1970>"; not waited for
    kEnded = 'E',    // the record of the end, JSON; durable before it is told
    kRefused = 'F',  // told only: it was not begun, and why
    kReady = 'R'     // told only: requests of the connection before this one are no more
  } kind = Kind::kOpened;
  std::string attempt;  // "<pod uid>/<container>"
  std::string text;     // one line
};

void append_entry(std::string& out, JournalEntry::Kind kind, std::string_view attempt,
                  std::string_view text);
// Hands out whole entries from the front; gives how many bytes they took. Stops at what is none.
size_t read_entries(std::string_view bytes, const std::function<void(JournalEntry)>& take);

struct ProcessRequest {
  enum class Kind : char {
    kStart = 's',  // text: a MonitorSpec
    kStop = 't',   // text: "<attempt> <grace ms>"; grace 0 kills
    kQuit = 'q'    // ends when nothing runs
  } kind = Kind::kStart;
  std::string text;
};

void append_request(std::string& out, ProcessRequest::Kind kind, std::string_view text);
// Takes one off the front of `bytes`; nothing while it is not whole.
std::optional<ProcessRequest> take_request(std::string& bytes, size_t& at);

}  // namespace sys
