#include "engine/row.h"

#include <algorithm>

#include "base/hash.h"

namespace engine {
namespace {

constexpr uint64_t kVersion = 1;

constexpr uint64_t kHasInputs = 1, kHasOutputs = 2, kHasOutputParameters = 4, kHasExitCode = 8,
                   kHasResult = 16, kHasInputArtifacts = 32, kHasOutputArtifacts = 64,
                   kHasWait = 128, kHasLocks = 256, kHasMemo = 512, kHasBegun = 1024,
                   kHasProgress = 2048, kHasSpent = 4096;

// Resources that rows name by a number; others by their text.
constexpr std::string_view kResources[] = {"cpu", "memory"};

void write_parameters(ByteWriter& writer, const std::vector<RowParameter>& parameters) {
  writer.number(parameters.size());
  for (const RowParameter& parameter : parameters) {
    writer.text(parameter.name);
    writer.number(parameter.has_value ? 1 : 0);
    if (parameter.has_value) writer.text(parameter.value);
    writer.text(parameter.extra);
  }
}

void read_parameters(ByteReader& reader, std::vector<RowParameter>& parameters) {
  parameters.resize(reader.count());
  for (RowParameter& parameter : parameters) {
    parameter.name = reader.text();
    parameter.has_value = reader.number() != 0;
    if (parameter.has_value) parameter.value = reader.text();
    parameter.extra = reader.text();
  }
}

// What most nodes do not have.
uint64_t rare_bits(const Row& row) {
  return (row.has_wait ? kHasWait : 0) | (row.locks.empty() ? 0 : kHasLocks) |
         (row.has_memo ? kHasMemo : 0) | (row.begun.is_set() ? kHasBegun : 0) |
         (row.has_progress ? kHasProgress : 0) | (row.run_seconds != 0 ? kHasSpent : 0);
}

void write_rare(ByteWriter& writer, const Row& row) {
  if (row.has_wait) {
    writer.number(row.wait_stage | (row.was_told ? 16 : 0));
    writer.number(row.wait_inputs.size());
    for (const RowInput& input : row.wait_inputs) {
      writer.number(input.index);
      writer.text(input.name);
      writer.text(input.key);
      writer.number(input.has_fallback ? 1 : 0);
      if (input.has_fallback) writer.text(input.fallback);
    }
  }
  if (!row.locks.empty()) {
    writer.number(row.locks.size());
    for (const RowLock& lock : row.locks) {
      writer.number(lock.is_mutex ? 1 : 0);
      writer.text(lock.name);
    }
    writer.number(row.locks_held ? 1 : 0);
    writer.text(row.waiting_lock);
  }
  if (row.has_memo) {
    writer.number((row.memo_hit ? 1 : 0) | (row.memo_in_database ? 2 : 0));
    writer.text(row.memo_cache);
    writer.text(row.memo_key);
  }
  if (row.begun.is_set()) writer.signed_number(row.begun.ns - row.started.ns);
  if (row.has_progress) {
    writer.number(row.progress.done);
    writer.number(row.progress.total);
  }
  if (row.run_seconds == 0) return;
  writer.number(row.run_seconds);
  writer.number(row.spent.size());
  for (const auto& [name, seconds] : row.spent) {
    const auto known = std::find(std::begin(kResources), std::end(kResources), name);
    writer.number(static_cast<uint64_t>(known - std::begin(kResources)));
    if (known == std::end(kResources)) writer.text(name);
    writer.number(seconds);
  }
}

void read_wait(ByteReader& reader, Row& row) {
  row.has_wait = true;
  const uint64_t stage = reader.number();
  row.wait_stage = static_cast<uint8_t>(std::min<uint64_t>(stage & 15, 4));
  row.was_told = (stage & 16) != 0;
  row.wait_inputs.resize(reader.count());
  for (RowInput& input : row.wait_inputs) {
    input.index = static_cast<uint32_t>(reader.number());
    input.name = reader.text();
    input.key = reader.text();
    input.has_fallback = reader.number() != 0;
    if (input.has_fallback) input.fallback = reader.text();
  }
}

void read_rare(ByteReader& reader, uint64_t bits, Row& row) {
  if ((bits & kHasWait) != 0) read_wait(reader, row);
  if ((bits & kHasLocks) != 0) {
    row.locks.resize(reader.count());
    for (RowLock& lock : row.locks) {
      lock.is_mutex = reader.number() != 0;
      lock.name = reader.text();
    }
    row.locks_held = reader.number() != 0;
    row.waiting_lock = reader.text();
  }
  if ((bits & kHasMemo) != 0) {
    const uint64_t memo = reader.number();
    row.has_memo = true;
    row.memo_hit = (memo & 1) != 0;
    row.memo_in_database = (memo & 2) != 0;
    row.memo_cache = reader.text();
    row.memo_key = reader.text();
  }
  if ((bits & kHasBegun) != 0) row.begun.ns = row.started.ns + reader.signed_number();
  if ((bits & kHasProgress) != 0) {
    row.has_progress = true;
    row.progress.done = static_cast<uint32_t>(reader.number());
    row.progress.total = static_cast<uint32_t>(reader.number());
  }
  if ((bits & kHasSpent) == 0) return;
  row.run_seconds = static_cast<uint32_t>(reader.number());
  row.spent.resize(reader.count());
  for (auto& [name, seconds] : row.spent) {
    const uint64_t known = reader.number();
    name = known < std::size(kResources) ? kResources[known] : reader.text();
    seconds = reader.number();
  }
}

}  // namespace

uint64_t ByteReader::number() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) break;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  is_bad_ = true;
  rest_ = {};
  return 0;
}

int64_t ByteReader::signed_number() {
  const uint64_t value = number();
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

std::string_view ByteReader::text() {
  const uint64_t size = number();
  if (size > rest_.size()) {
    is_bad_ = true;
    rest_ = {};
    return {"", 0};
  }
  const std::string_view out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return out;
}

size_t ByteReader::count() {
  const uint64_t value = number();
  if (value <= rest_.size()) return value;
  is_bad_ = true;
  rest_ = {};
  return 0;
}

void write_row(const Row& row, std::string& out) {
  ByteWriter writer(out);
  writer.number(kVersion);
  writer.number(row.id);
  writer.number(static_cast<uint64_t>(row.type));
  writer.number(static_cast<uint64_t>(row.shape));
  writer.number(static_cast<uint64_t>(row.phase) | static_cast<uint64_t>(row.onward) << 3);
  writer.number(row.flags);
  for (const uint32_t number : {row.hash, row.index, row.display_size, row.item_size})
    writer.number(number);
  for (const uint32_t id : {row.boundary, row.owner, row.task, row.tmpl, row.previous})
    writer.id(id);
  writer.signed_number(row.started.ns);
  // Most nodes end soon after they began.
  writer.number(row.finished.is_set() ? 1 : 0);
  if (row.finished.is_set()) writer.signed_number(row.finished.ns - row.started.ns);
  for (const std::string_view text :
       {row.name, row.template_name, row.template_scope, row.message, row.host, row.pod_ip})
    writer.text(text);
  writer.number((row.has_inputs ? kHasInputs : 0) | (row.has_outputs ? kHasOutputs : 0) |
                (row.has_output_parameters ? kHasOutputParameters : 0) |
                (row.has_exit_code ? kHasExitCode : 0) | (row.has_result ? kHasResult : 0) |
                (row.input_artifacts.data() != nullptr ? kHasInputArtifacts : 0) |
                (row.output_artifacts.data() != nullptr ? kHasOutputArtifacts : 0) |
                rare_bits(row));
  if (row.has_inputs) write_parameters(writer, row.inputs);
  if (row.has_output_parameters) write_parameters(writer, row.outputs);
  if (row.has_exit_code) writer.signed_number(row.exit_code);
  if (row.has_result) writer.text(row.result);
  for (const std::string_view artifacts : {row.input_artifacts, row.output_artifacts})
    if (artifacts.data() != nullptr) writer.text(artifacts);
  write_rare(writer, row);
  writer.number(row.links.size());
  for (const RowLink& link : row.links) {
    writer.number(static_cast<uint64_t>(link.kind));
    writer.number(link.node);
  }
  writer.number(row.outbound.size());
  for (const uint32_t id : row.outbound) writer.number(id);
  writer.number(row.loops.size());
  for (const RowLoop& loop : row.loops) {
    writer.number(loop.task);
    writer.text(loop.json);
  }
}

base::Result<Row> read_row(std::string_view bytes) {
  ByteReader reader(bytes);
  Row row;
  const auto corrupt = [](const char* what) {
    return base::fail(base::Code::kCorrupt, std::string("row of a node: ") + what);
  };
  if (reader.number() != kVersion || reader.is_bad()) return corrupt("unknown version");
  row.id = static_cast<uint32_t>(reader.number());
  const uint64_t type = reader.number(), shape = reader.number(), phases = reader.number();
  if (type > static_cast<uint64_t>(kLastType) || shape > static_cast<uint64_t>(kLastShape) ||
      phases > 63)
    return corrupt("unknown type, shape or phase");
  row.type = static_cast<NodeType>(type);
  row.shape = static_cast<Shape>(shape);
  row.phase = static_cast<Phase>(phases & 7);
  row.onward = static_cast<Phase>(phases >> 3);
  row.flags = static_cast<uint16_t>(reader.number());
  for (uint32_t* number : {&row.hash, &row.index, &row.display_size, &row.item_size})
    *number = static_cast<uint32_t>(reader.number());
  for (uint32_t* id : {&row.boundary, &row.owner, &row.task, &row.tmpl, &row.previous})
    *id = reader.id();
  row.started.ns = reader.signed_number();
  if (reader.number() != 0) row.finished.ns = row.started.ns + reader.signed_number();
  for (std::string_view* text :
       {&row.name, &row.template_name, &row.template_scope, &row.message, &row.host, &row.pod_ip})
    *text = reader.text();
  const uint64_t bits = reader.number();
  row.has_inputs = (bits & kHasInputs) != 0;
  row.has_outputs = (bits & kHasOutputs) != 0;
  row.has_output_parameters = (bits & kHasOutputParameters) != 0;
  row.has_exit_code = (bits & kHasExitCode) != 0;
  row.has_result = (bits & kHasResult) != 0;
  if (row.has_inputs) read_parameters(reader, row.inputs);
  if (row.has_output_parameters) read_parameters(reader, row.outputs);
  if (row.has_exit_code) row.exit_code = static_cast<int>(reader.signed_number());
  if (row.has_result) row.result = reader.text();
  if ((bits & kHasInputArtifacts) != 0) row.input_artifacts = reader.text();
  if ((bits & kHasOutputArtifacts) != 0) row.output_artifacts = reader.text();
  read_rare(reader, bits, row);
  row.links.resize(reader.count());
  for (RowLink& link : row.links) {
    const uint64_t kind = reader.number();
    if (kind > static_cast<uint64_t>(RowLink::Kind::kBehindGroup)) return corrupt("unknown link");
    link.kind = static_cast<RowLink::Kind>(kind);
    link.node = static_cast<uint32_t>(reader.number());
  }
  row.outbound.resize(reader.count());
  for (uint32_t& id : row.outbound) id = static_cast<uint32_t>(reader.number());
  row.loops.resize(reader.count());
  for (RowLoop& loop : row.loops) {
    loop.task = static_cast<uint32_t>(reader.number());
    loop.json = reader.text();
  }
  if (reader.is_bad() || !reader.is_at_end()) return corrupt("wrong length");
  if (row.display_size > row.name.size() || row.item_size + 1 > row.name.size() + 1)
    return corrupt("wrong name");
  return row;
}

uint64_t id_number(const Row& row) {
  return (row.flags & flag::kWideId) != 0 ? base::fnv1a64(row.name) : row.hash;
}

}  // namespace engine
