// row.h — the bytes of a node's row: everything that a client sees and everything that a restart
// needs, without the links to children (these are kept on the child).
//
// Numbers are varints, texts are lengths and bytes. The first byte is the version. Written by
// State::encode_row(), read by State::restore() and by StatusReader.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/node.h"

namespace engine {

struct RowParameter {
  std::string_view name, value, extra;  // extra: further members as JSON, without braces
  bool has_value = false;
};

// Where a node hangs: under a node, or behind all that a node leads to.
struct RowLink {
  enum class Kind : uint8_t { kUnder, kBehind, kBehindGroup };
  Kind kind = Kind::kUnder;
  uint32_t node = 0;
};

struct RowLock {
  std::string_view name;
  bool is_mutex = false;
};

struct RowInput {  // of a node that waits for ConfigMaps
  uint32_t index = 0;
  std::string_view name, key, fallback;
  bool has_fallback = false;
};

struct RowLoop {
  uint32_t task = 0;      // index in the template
  std::string_view json;  // the list that the loop runs over
};

// Texts point into the row that was read.
struct Row {
  uint32_t id = 0;
  NodeType type = NodeType::kSkipped;
  Shape shape = Shape::kRoot;
  Phase phase = Phase::kNone, onward = Phase::kNone;
  uint16_t flags = 0;
  uint32_t hash = 0, index = 0;
  uint32_t boundary = 0, owner = 0, task = 0, tmpl = 0, previous = 0;
  base::Time started, finished;
  // template_name: or a templateRef, "@holder/template", "@@holder/template" when cluster-scoped;
  // template_scope: empty for the workflow's own templates.
  std::string_view name, template_name, template_scope, message, host, pod_ip;
  uint32_t display_size = 0, item_size = 0;  // tails of the name
  std::vector<RowParameter> inputs, outputs;
  bool has_inputs = false, has_outputs = false, has_output_parameters = false;
  bool has_exit_code = false, has_result = false;
  // JSON lists of artifacts in Argo's form; without data(): none.
  std::string_view input_artifacts, output_artifacts;
  int exit_code = 0;
  std::string_view result;
  std::vector<RowLink> links;
  std::vector<uint32_t> outbound;
  std::vector<RowLoop> loops;
  // See Wait, Locking and Memo in node.h.
  bool has_wait = false, was_told = false, locks_held = false;
  bool has_memo = false, memo_hit = false, memo_in_database = false;
  uint8_t wait_stage = 0;
  std::vector<RowInput> wait_inputs;
  std::vector<RowLock> locks;
  std::string_view waiting_lock, memo_cache, memo_key;
  base::Time begun;           // of a node that has waited
  bool has_progress = false;  // told by the pod itself
  Progress progress;
  uint32_t run_seconds = 0;                                  // of a pod that has ended
  std::vector<std::pair<std::string_view, uint64_t>> spent;  // resourcesDuration, by name

  // As a new one, but lists keep their memory.
  void clear() {
    inputs.clear(), outputs.clear(), links.clear(), outbound.clear(), loops.clear();
    locks.clear(), wait_inputs.clear(), spent.clear();
    Row fresh;
    fresh.inputs.swap(inputs), fresh.outputs.swap(outputs), fresh.links.swap(links);
    fresh.outbound.swap(outbound), fresh.loops.swap(loops);
    *this = std::move(fresh);
  }
};

base::Result<Row> read_row(std::string_view bytes);
void write_row(const Row& row, std::string& out);

// Argo's Outputs, as in the node's status; "null" where there are none.
std::string outputs_json(const Row& row);

// The number in the node's id and in its pod's name.
uint64_t id_number(const Row& row);

// Appends to a string; what it has gathered is there once it is destroyed.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  ~ByteWriter() { flush(); }
  ByteWriter(const ByteWriter&) = delete;
  ByteWriter& operator=(const ByteWriter&) = delete;
  void number(uint64_t value) {
    if (used_ > kSize - 10) flush();
    for (; value >= 0x80; value >>= 7) bytes_[used_++] = static_cast<char>(value | 0x80);
    bytes_[used_++] = static_cast<char>(value);
  }
  void signed_number(int64_t value) {
    number((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void id(uint32_t value) { number(value == 0xffffffffu ? 0 : uint64_t{value} + 1); }  // none: 0
  void text(std::string_view value) {
    number(value.size());
    if (value.size() > kSize - used_) flush();
    if (value.size() > kSize) {
      out_ += value;
      return;
    }
    if (!value.empty()) std::memcpy(bytes_ + used_, value.data(), value.size());
    used_ += value.size();
  }

 private:
  static constexpr size_t kSize = 512;
  void flush() {
    out_.append(bytes_, used_);
    used_ = 0;
  }

  std::string& out_;
  size_t used_ = 0;
  char bytes_[kSize];
};

// Reads past the end or of wrong lengths make it bad, and everything after empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  uint64_t number();
  int64_t signed_number();
  uint32_t id() { return static_cast<uint32_t>(number()) - 1; }
  std::string_view text();
  // A count of things of at least one byte each.
  size_t count();
  bool is_bad() const { return is_bad_; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_bad_ = false;
};

}  // namespace engine
