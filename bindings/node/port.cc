#include "bindings/node/port.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "bindings/node/codec.h"
#include "bindings/node/events.h"

namespace yin::node {

struct Iterator {
  explicit Iterator(yin_iterator* made) : iterator(made) {}
  ~Iterator() { yin_iterator_release(iterator); }
  Iterator(const Iterator&) = delete;
  Iterator& operator=(const Iterator&) = delete;

  yin_iterator* iterator;
};

struct Server {
  Server(std::shared_ptr<Domain> of, yin_server* made) : domain(std::move(of)), server(made) {}
  ~Server() { (void)stop(nullptr); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  yin_status stop(yin_error* error) {
    return server == nullptr ? YIN_OK : yin_serve_stop(std::exchange(server, nullptr), error);
  }

  std::shared_ptr<Domain> domain;
  yin_server* server;
};

Port::Port(std::shared_ptr<Bell> bell) : events(std::make_shared<Events>(std::move(bell))) {}

Port::~Port() {
  watches.clear();
  servers.clear();
  iterators.clear();
  for (auto* snapshot : snapshots) {
    if (snapshot != nullptr) yin_snapshot_release(snapshot);
  }
  for (auto& handle : handles) {
    if (handle.handle != nullptr) yin_handle_release(handle.handle);
  }
}

void track_handle(Port& port, std::int32_t number) {
  port.handles[static_cast<std::size_t>(number)].tracked = true;
}

void untrack_handle(Port& port, std::int32_t number) {
  port.handles[static_cast<std::size_t>(number)].tracked = false;
  release_handle(port, number);
}

void release_handle(Port& port, std::int32_t number) {
  auto& place = port.handles[static_cast<std::size_t>(number)];
  if (place.handle != nullptr) yin_handle_release(std::exchange(place.handle, nullptr));
  if (!place.tracked) port.free_handles.push_back(number);
}

namespace {

using Status = yin_status;

template <typename T>
std::size_t place(std::vector<T>& table, T item) {
  const auto free = std::ranges::find_if(table, [](const T& other) { return other == nullptr; });
  const auto number = static_cast<std::size_t>(free - table.begin());
  if (free == table.end()) {
    table.push_back(std::move(item));
  } else {
    *free = std::move(item);
  }
  return number;
}

std::int32_t place_handle(Port& port, yin_handle* handle) {
  if (port.free_handles.empty()) {
    port.handles.push_back({handle, false});
    return static_cast<std::int32_t>(port.handles.size() - 1);
  }
  const auto number = port.free_handles.back();
  port.free_handles.pop_back();
  port.handles[static_cast<std::size_t>(number)] = {handle, false};
  return number;
}

// One call of an operation: its arguments, its pin if it wants one, and its result.
//
//   integer 0    the domain's number
//   integer 1    flags or a small number
//   cells 1..3   words; or 4 and 5, doubles
//   integer 12   the end of the values in the data
//   integer 13   another small number
class Call {
 public:
  explicit Call(Port& port) : port_(port) {
    error_.status = YIN_OK;  // the message is not touched by what succeeds: half a kilobyte
    error_.message[0] = 0;
    integers()[kResultHandle] = integers()[kResultSecond] = -1;
    integers()[kResultTag] = static_cast<std::int32_t>(Tag::kNil);
    integers()[kResultText] = 0;
  }
  ~Call() {
    if (pin_ != nullptr) yin_pin_end(pin_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[nodiscard]] std::int32_t* integers() const {
    return reinterpret_cast<std::int32_t*>(port_.mailbox);
  }
  [[nodiscard]] std::int32_t integer(std::size_t index) const { return integers()[index]; }
  [[nodiscard]] bool flag(std::int32_t bit) const { return (integer(1) & bit) != 0; }
  [[nodiscard]] yin_word word(std::size_t cell) const {
    yin_word word;
    std::memcpy(&word, port_.mailbox + cell * 8, sizeof word);
    return word;
  }
  [[nodiscard]] double number(std::size_t cell) const {
    double number;
    std::memcpy(&number, port_.mailbox + cell * 8, sizeof number);
    return number;
  }
  [[nodiscard]] std::uint64_t count(std::size_t cell) const {
    const auto value = number(cell);
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
  }
  [[nodiscard]] yin_pin* pin() const { return pin_; }
  [[nodiscard]] yin_error* error() { return &error_; }
  [[nodiscard]] Port& port() const { return port_; }

  [[nodiscard]] std::shared_ptr<Domain> domain() {
    const auto number = static_cast<std::size_t>(integer(0));
    if (number < port_.domains.size() && port_.domains[number]) return port_.domains[number];
    fail(YIN_CLOSED, "the domain is closed");
    return nullptr;
  }
  // False: told.
  bool begin() {
    const auto number = static_cast<std::size_t>(integer(0));
    if (number >= port_.domains.size() || !port_.domains[number]) {
      fail(YIN_CLOSED, "the domain is closed");
      return false;
    }
    return check(yin_pin_begin(port_.domains[number]->domain, &pin_, &error_));
  }
  // Before what is not to be done under a pin.
  void end() {
    if (pin_ != nullptr) yin_pin_end(std::exchange(pin_, nullptr));
  }
  // The values in the data, as words on port.stack; `least` of them at least.
  bool values(std::size_t least) {
    if (!build(port_, pin_, static_cast<std::size_t>(integer(12)), &error_))
      return check(error_.status);
    if (port_.stack.size() >= least) return true;
    fail(YIN_INTERNAL, "the mailbox lacks a value");
    return false;
  }
  // The text that a call is about: with flag 2 it is short and stands in the data, integer 13 its
  // size; else the argument.
  [[nodiscard]] std::string_view text_argument() const {
    if (!flag(2)) return port_.argument;
    const auto room = port_.mailbox_size - kDataCell * 8;
    return {reinterpret_cast<const char*>(port_.mailbox + kDataCell * 8),
            std::min(static_cast<std::size_t>(integer(13)), room)};
  }
  // The key of a look-up: with flag 1 a text, else a value in the data.
  bool key(yin_word* out) {
    if (flag(1)) {
      const auto text = text_argument();
      *out = yin_string(pin_, text.data(), text.size());
      return true;
    }
    if (!values(1)) return false;
    *out = port_.stack[0];
    return true;
  }

  void fail(Status status, std::string_view message) {
    integers()[kResultTag] = static_cast<std::int32_t>(Tag::kError);
    integers()[kResultAux] = static_cast<std::int32_t>(status);
    port_.text.assign(message);
    integers()[kResultText] = static_cast<std::int32_t>(port_.text.size());
    integers()[kResultAscii] = 0;
  }
  bool check(Status status) {
    if (status == YIN_OK) return true;
    fail(status, error_.message);
    return false;
  }

  void give(Tag tag, std::int32_t aux = 0) {
    integers()[kResultTag] = static_cast<std::int32_t>(tag);
    integers()[kResultAux] = aux;
  }
  void give_boolean(bool value) { give(value ? Tag::kTrue : Tag::kFalse); }
  void give_number(double value) {
    give(Tag::kInt);
    std::memcpy(port_.mailbox + kResultPayload * 4, &value, sizeof value);
  }
  void give_text() {
    give(Tag::kString, static_cast<std::int32_t>(port_.text.size()));
    integers()[kResultText] = static_cast<std::int32_t>(port_.text.size());
    integers()[kResultAscii] = 0;
  }
  // A value that something keeps already.
  void give(yin_word word) {
    if (yin_is_reference(word) && yin_kind_of(pin_, word) == YIN_TAGGED) {
      auto writer = Writer::data(port_);
      writer.put(pin_, word);
      writer.finish();
      return give(Tag::kTagged);
    }
    auto writer = Writer::result(port_);
    writer.put(pin_, word);
    writer.finish();
  }
  // A value that nothing keeps yet: with a handle, if JavaScript will have a view of it.
  void give_kept(yin_word word, bool anything = false) {
    if (needs_handle(word, anything)) {
      yin_handle* handle;
      if (!check(yin_handle_make(pin_, word, &handle, &error_))) return;
      give(word);
      integers()[kResultHandle] = place_handle(port_, handle);
    } else {
      give(word);
    }
  }
  [[nodiscard]] bool needs_handle(yin_word word, bool anything) const {
    if (!yin_is_reference(word)) return false;
    if (anything) return true;
    switch (yin_kind_of(pin_, word)) {
      case YIN_INT:
      case YIN_DOUBLE:
      case YIN_BIGINT:
      case YIN_RATIO:
      case YIN_STRING:
      case YIN_BYTES:
      case YIN_SYMBOL:
      case YIN_INSTANT:
      case YIN_UUID:
        return false;
      default:
        return true;
    }
  }
  // By reference: the call that gives the status fills it in.
  void give_update(Status status, const yin_word& out) {
    if (check(status)) give_kept(out);
  }

 private:
  Port& port_;
  yin_pin* pin_ = nullptr;
  yin_error error_;
};

// ---- the mailbox, names -------------------------------------------------------------------------

// The name with the number in integer 1, of a keyword or symbol: text.
void name_text(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  const auto word = static_cast<yin_word>(static_cast<std::uint32_t>(call.integer(1))) << 8 | 0x30;
  char room[8];
  const char* bytes;
  std::size_t size;
  if (!call.check(yin_to_bytes(call.pin(), word, room, &bytes, &size, call.error()))) return;
  port.text.assign(bytes, size);
  call.give_text();
}

// The number of the name in the argument; with flag 1 absent, if the domain has none yet.
void name_number(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  std::uint32_t id;
  if (yin_known_name(call.pin(), port.argument.data(), port.argument.size(), &id) != 0) {
    return call.give(Tag::kSmallInt, static_cast<std::int32_t>(id));
  }
  if (call.flag(1)) return call.give(Tag::kAbsent);
  yin_word word;
  if (!call.check(yin_keyword(call.pin(), port.argument.data(), port.argument.size(), &word,
                              call.error()))) {
    return;
  }
  call.give(Tag::kSmallInt, static_cast<std::int32_t>(yin_name_id(word)));
}

// ---- domains ------------------------------------------------------------------------------------

// argument: path; integer 1: mode; integer 13: without keeper; cell 4: capacity; cell 5:
// durability. Its number.
void open_domain(Port& port) {
  Call call(port);
  yin_open_options options = YIN_OPEN_OPTIONS;
  options.mode = static_cast<yin_open_mode>(call.integer(1));
  options.no_keeper = static_cast<std::uint32_t>(call.integer(13));
  options.capacity_bytes = call.count(4);
  options.durability = static_cast<std::int64_t>(call.number(5));
  yin_domain* domain;
  if (!call.check(yin_open(port.argument.c_str(), &options, &domain, call.error()))) return;
  port.domains.push_back(std::make_shared<Domain>(domain));
  call.give(Tag::kSmallInt, static_cast<std::int32_t>(port.domains.size() - 1));
}

void close_domain(Port& port) {
  Call call(port);
  const auto domain = call.domain();
  if (!domain) return call.give(Tag::kNil);  // once more is once
  for (auto& watch : port.watches) {
    if (watch && watch->domain == domain) watch.reset();
  }
  for (auto& server : port.servers) {
    if (server && server->domain == domain) server.reset();
  }
  port.domains[static_cast<std::size_t>(call.integer(0))].reset();
  yin_close(domain->domain);
  call.give(Tag::kNil);
}

void remove_domain(Port& port) {
  Call call(port);
  (void)call.check(yin_remove(port.argument.c_str(), call.error()));
}

// The fields of yin_stat, in order.
void stat_domain(Port& port) {
  Call call(port);
  const auto domain = call.domain();
  yin_stat stat;
  if (!domain || !call.check(yin_domain_stat(domain->domain, &stat, call.error()))) return;
  const std::array fields = {stat.capacity_bytes, stat.committed_bytes, stat.live_bytes,
                             stat.collections,    stat.holds,           stat.slots,
                             stat.workers};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto value = static_cast<double>(fields[i]);
    std::memcpy(port.mailbox + (kDataCell + i) * 8, &value, sizeof value);
  }
}

void is_read_only(Port& port) {
  Call call(port);
  const auto domain = call.domain();
  if (domain) call.give_boolean(yin_domain_is_read_only(domain->domain) != 0);
}

// ---- jobs ---------------------------------------------------------------------------------------

// Something that may take long, with the domain kept open for it. Its event has the status.
template <typename Work>
class DomainJob final : public Job {
 public:
  DomainJob(std::shared_ptr<Events> events, std::shared_ptr<Domain> domain, std::int32_t id,
            Work work)
      : events_(std::move(events)), domain_(std::move(domain)), id_(id), work_(std::move(work)) {}

  void run() override {
    yin_error error{};
    Event event{.kind = EventKind::kJob, .id = id_};
    event.status = work_(domain_->domain, &error);
    if (event.status != YIN_OK) event.message = error.message;
    events_->push(std::move(event));
  }

 private:
  std::shared_ptr<Events> events_;
  std::shared_ptr<Domain> domain_;
  std::int32_t id_;
  Work work_;
};

template <typename Work>
void start_job(Call& call, std::shared_ptr<Domain> domain, Work work) {
  call.port().job = std::make_unique<DomainJob<Work>>(call.port().events, std::move(domain),
                                                      call.integer(1), std::move(work));
}

// integer 1: the job's id; cell 4: milliseconds to wait.
void flush(Port& port) {
  Call call(port);
  auto domain = call.domain();
  if (!domain) return;
  start_job(call, std::move(domain),
            [timeout = static_cast<std::uint32_t>(call.number(4))](
                yin_domain* d, yin_error* error) { return yin_flush(d, timeout, error); });
}

void verify(Port& port) {
  Call call(port);
  auto domain = call.domain();
  if (!domain) return;
  start_job(call, std::move(domain),
            [](yin_domain* d, yin_error* error) { return yin_verify(d, error); });
}

// ---- values -------------------------------------------------------------------------------------

// The value in the data, kept.
void make(Port& port) {
  Call call(port);
  if (call.begin() && call.values(1)) call.give_kept(port.stack[0]);
}

// The value of the word in cell 1, which something keeps.
void load(Port& port) {
  Call call(port);
  if (call.begin()) call.give(call.word(1));
}

// argument: EDN.
void read_text(Port& port) {
  Call call(port);
  yin_word out;
  if (call.begin()) {
    call.give_update(
        yin_read(call.pin(), port.argument.data(), port.argument.size(), &out, call.error()), out);
  }
}

// The value in the data as EDN; flag 1: with metadata; cell 4: the most bytes, 0: any number.
void print_text(Port& port) {
  Call call(port);
  if (!call.begin() || !call.values(1)) return;
  port.text.clear();
  const auto append = [](void* to, const char* bytes, std::size_t size) {
    static_cast<std::string*>(to)->append(bytes, size);
  };
  const auto print = call.flag(1) ? yin_print_with_meta : yin_print;
  if (call.check(print(call.pin(), port.stack[0], static_cast<std::size_t>(call.count(4)), append,
                       &port.text, call.error()))) {
    call.give_text();
  }
}

// Is the value of the word in cell 1 equal to the one in the data?
void equal(Port& port) {
  Call call(port);
  if (call.begin() && call.values(1)) {
    call.give_boolean(yin_equal(call.pin(), call.word(1), port.stack[0]) != 0);
  }
}

void hash(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  const auto hash = yin_hash(call.pin(), call.word(1));
  call.give(Tag::kSmallInt, static_cast<std::int32_t>(hash ^ hash >> 32));
}

// Two values in the data.
void compare(Port& port) {
  Call call(port);
  if (call.begin() && call.values(2)) {
    call.give(Tag::kSmallInt, yin_compare(call.pin(), port.stack[0], port.stack[1]));
  }
}

void meta(Port& port) {
  Call call(port);
  if (call.begin()) call.give_kept(yin_meta(call.pin(), call.word(1)));
}

void with_meta(Port& port) {
  Call call(port);
  yin_word out;
  if (call.begin() && call.values(1)) {
    call.give_update(yin_with_meta(call.pin(), call.word(1), port.stack[0], &out, call.error()),
                     out);
  }
}

// The words in the data up to the cell in integer 12, which something keeps: in the place of each
// its own handle.
void hold(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  const auto end = std::min(static_cast<std::size_t>(call.integer(12)), port.mailbox_size / 8);
  for (auto cell = kDataCell; cell < end; ++cell) {
    yin_handle* handle;
    if (!call.check(yin_handle_make(call.pin(), call.word(cell), &handle, call.error()))) {
      call.end();
      while (cell-- > kDataCell) release_handle(port, call.integer(2 * cell));
      return;
    }
    call.integers()[2 * cell] = place_handle(port, handle);
  }
}

// integer 1: the handle.
void release(Port& port) { release_handle(port, Call(port).integer(1)); }

// ---- collections: cell 1 is the word, which something keeps -------------------------------------

void get(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  if (call.flag(1)) {
    const auto text = call.text_argument();
    call.give(yin_get_text(call.pin(), call.word(1), text.data(), text.size()));
  } else if (call.values(1)) {
    call.give(yin_get(call.pin(), call.word(1), port.stack[0]));
  }
}

void find_key(Port& port) {
  Call call(port);
  yin_word key;
  if (call.begin() && call.key(&key)) call.give(yin_find_key(call.pin(), call.word(1), key));
}

// cell 4: the index.
void nth(Port& port) {
  Call call(port);
  if (call.begin()) call.give(yin_nth(call.pin(), call.word(1), call.count(4)));
}

void peek(Port& port) {
  Call call(port);
  if (call.begin()) call.give(yin_peek(call.pin(), call.word(1)));
}

void count(Port& port) {
  Call call(port);
  std::uint64_t count;
  if (call.begin() && call.check(yin_count(call.pin(), call.word(1), &count, call.error()))) {
    call.give_number(static_cast<double>(count));
  }
}

// Key and value are in the data.
void assoc(Port& port) {
  Call call(port);
  yin_word out;
  if (call.begin() && call.values(2)) {
    call.give_update(
        yin_assoc(call.pin(), call.word(1), port.stack[0], port.stack[1], &out, call.error()), out);
  }
}

using Verb = Status (*)(yin_pin*, yin_word, yin_word, yin_word*, yin_error*);

// The collection and what the data holds, or the argument.
template <Verb verb>
void with_one(Port& port) {
  Call call(port);
  yin_word one, out;
  if (call.begin() && call.key(&one)) {
    call.give_update(verb(call.pin(), call.word(1), one, &out, call.error()), out);
  }
}

void pop(Port& port) {
  Call call(port);
  yin_word out;
  if (call.begin()) call.give_update(yin_pop(call.pin(), call.word(1), &out, call.error()), out);
}

// cells 4 and 5: from and to.
void slice(Port& port) {
  Call call(port);
  yin_word out;
  if (call.begin()) {
    call.give_update(
        yin_slice(call.pin(), call.word(1), call.count(4), call.count(5), &out, call.error()), out);
  }
}

// integer 1: a yin_update; the data: the words.
void update_many(Port& port) {
  Call call(port);
  yin_word out;
  if (!call.begin() || !call.values(0)) return;
  const auto update = static_cast<yin_update>(call.integer(1));
  const auto count = update == YIN_UPDATE_PAIRS ? port.stack.size() / 2 : port.stack.size();
  call.give_update(yin_update_many(call.pin(), call.word(1), update, port.stack.data(), count, &out,
                                   call.error()),
                   out);
}

// ---- iteration ----------------------------------------------------------------------------------

constexpr std::size_t kPiece = 32;  // words that are taken at once

void forget_iterator(Port& port, std::size_t number) {
  port.iterators[number].reset();
  port.free_iterators.push_back(static_cast<std::int32_t>(number));
}

std::size_t place_iterator(Port& port, yin_iterator* made) {
  auto iterator = std::make_unique<Iterator>(made);
  if (port.free_iterators.empty()) {
    port.iterators.push_back(std::move(iterator));
    return port.iterators.size() - 1;
  }
  const auto number = static_cast<std::size_t>(port.free_iterators.back());
  port.free_iterators.pop_back();
  port.iterators[number] = std::move(iterator);
  return number;
}

// The next values, some `most` of them, in the data. False: those were the last.
bool write_piece(Call& call, yin_iterator* iterator, std::size_t most) {
  auto writer = Writer::data(call.port());
  std::array<yin_word, kPiece> words;
  std::size_t written = 0;
  bool more = true;
  while (more && written < most && writer.has_room(kPiece)) {
    const auto got = yin_next(iterator, call.pin(), words.data(), words.size());
    for (std::size_t i = 0; i < got; ++i) writer.put(call.pin(), words[i]);
    written += got;
    more = got > 0;
  }
  writer.finish();
  return more;
}

// flag 1: there is a range: cells 2 and 3: its ends; flags 2: without `from`, 4: with `to`, 8:
// descending. integer 13: how many values at first. Second: the iterator.
void iterate(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  const yin_range range{call.word(2), call.word(3), call.flag(2), call.flag(4), call.flag(8)};
  yin_range built = range;
  if (call.flag(16)) {  // the ends are values in the data
    if (!call.values(2)) return;
    built.from = port.stack[0];
    built.to = port.stack[1];
  }
  yin_iterator* iterator;
  if (!call.check(yin_iterate(call.pin(), call.word(1), call.flag(1) ? &built : nullptr, &iterator,
                              call.error()))) {
    return;
  }
  if (write_piece(call, iterator, static_cast<std::size_t>(call.integer(13)))) {
    call.integers()[kResultSecond] = static_cast<std::int32_t>(place_iterator(port, iterator));
  } else {
    call.end();
    yin_iterator_release(iterator);
  }
}

// integer 1: the iterator; integer 13: how many values. Second: the iterator, or -1.
void iterate_on(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  const auto number = static_cast<std::size_t>(call.integer(1));
  if (write_piece(call, port.iterators[number]->iterator,
                  static_cast<std::size_t>(call.integer(13)))) {
    call.integers()[kResultSecond] = call.integer(1);
  } else {
    call.end();
    forget_iterator(port, number);
  }
}

void iterate_end(Port& port) {
  forget_iterator(port, static_cast<std::size_t>(Call(port).integer(1)));
}

// What differs between the collections in cells 1 and 2, for page(): key, before, after, and so on.
void diff(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  port.words.clear();
  const auto note = [](void* words, yin_word key, yin_word before, yin_word after) {
    auto& to = *static_cast<std::vector<yin_word>*>(words);
    to.insert(to.end(), {key, before, after});
    return 0;
  };
  if (yin_diff(call.pin(), call.word(1), call.word(2), note, &port.words) != 0) {
    return call.fail(YIN_WRONG_TYPE, "diff: two hash maps, two sets or two vectors");
  }
  call.give_number(static_cast<double>(port.words.size()));
}

// Of what diff() found, from the index in cell 4 on.
void page(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  auto writer = Writer::data(port);
  for (auto i = call.count(4); i < port.words.size() && writer.has_room(1); ++i) {
    writer.put(call.pin(), port.words[i]);
  }
  writer.finish();
}

// ---- atoms: cell 1 is the word ------------------------------------------------------------------

// argument: name. Absent, if nothing has it.
void find_name(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  yin_word out;
  const auto status =
      yin_find_name(call.pin(), port.argument.data(), port.argument.size(), &out, call.error());
  if (status == YIN_NOT_FOUND) return call.give(Tag::kAbsent);
  if (call.check(status)) call.give(out);
}

// argument: name; the data: what it holds if it is new.
void atom(Port& port) {
  Call call(port);
  yin_word out;
  if (call.begin() && call.values(1) &&
      call.check(yin_atom(call.pin(), port.argument.data(), port.argument.size(), port.stack[0],
                          &out, call.error()))) {
    call.give(out);
  }
}

void new_atom(Port& port) {
  Call call(port);
  yin_word out;
  if (call.begin() && call.values(1) &&
      call.check(yin_new_atom(call.pin(), port.stack[0], &out, call.error()))) {
    call.give(out);
  }
}

void delete_root(Port& port) {
  Call call(port);
  if (call.begin()) (void)call.check(yin_delete(call.pin(), call.word(1), call.error()));
}

void delete_name(Port& port) {
  Call call(port);
  if (call.begin()) {
    (void)call.check(
        yin_delete_name(call.pin(), port.argument.data(), port.argument.size(), call.error()));
  }
}

// argument: from, a zero, to.
void rename_name(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  const std::string_view both(port.argument);
  const auto from = both.substr(0, both.find('\0'));
  const auto to = both.substr(std::min(both.size(), from.size() + 1));
  (void)call.check(
      yin_rename(call.pin(), from.data(), from.size(), to.data(), to.size(), call.error()));
}

// Name and reference in turn, from number integer 1 on; those of one instant when that is 0.
void names(Port& port) {
  Call call(port);
  if (!call.begin()) return;
  if (call.integer(1) == 0) {
    port.names.clear();
    const auto note = [](void* to, const char* name, std::size_t size, yin_word word) {
      static_cast<decltype(port.names)*>(to)->emplace_back(std::string(name, size), word);
      return 0;
    };
    if (!call.check(yin_each_atom(call.pin(), note, &port.names, call.error()))) return;
  }
  auto writer = Writer::data(port);
  for (auto i = static_cast<std::size_t>(call.integer(1));
       i < port.names.size() && writer.has_room(2 + port.names[i].first.size() / 256); ++i) {
    writer.put_name(port.names[i].first);
    writer.put(call.pin(), port.names[i].second);
  }
  writer.finish();
}

// cell 2: the word that the caller has a view of, 0: none. flag 1: keeps texts too, for a commit.
void deref(Port& port) {
  Call call(port);
  yin_word out;
  if (!call.begin()) return;
  if (!call.check(yin_deref(call.pin(), call.word(1), &out, call.error()))) return;
  const auto known = call.word(2);
  if (out == known && known != 0) {
    call.give(Tag::kSame);
  } else {
    call.give_kept(out, call.flag(1));
  }
  std::memcpy(port.mailbox + kResultWord * 4, &out, sizeof out);
}

// The value in the data for the word in cell 2, which the caller's view or handle keeps. True, or
// false: another commit was first. With flag 1 the new value is given instead, kept.
void commit(Port& port) {
  Call call(port);
  if (!call.begin() || !call.values(1)) return;
  const auto value = port.stack[0];
  yin_handle* handle = nullptr;
  if (call.flag(1) && call.needs_handle(value, false) &&
      !call.check(yin_handle_make(call.pin(), value, &handle, call.error()))) {
    return;
  }
  const yin_change change{call.word(1), call.word(2), value};
  const auto status = yin_commit(call.pin(), &change, 1, call.error());
  if (status != YIN_OK) {
    call.end();
    if (handle != nullptr) yin_handle_release(handle);
    if (status == YIN_CONFLICT) return call.give(Tag::kFalse);
    return (void)call.check(status);
  }
  if (!call.flag(1)) return call.give(Tag::kTrue);
  call.give(value);
  if (handle != nullptr) call.integers()[kResultHandle] = place_handle(port, handle);
}

// The data: one value for each of integer 1 changes; from cell integer 13 on: atom, expected word,
// in turn.
void commit_many(Port& port) {
  Call call(port);
  const auto count = static_cast<std::size_t>(call.integer(1));
  if (!call.begin() || !call.values(count)) return;
  std::vector<yin_change> changes(count);
  auto cell = static_cast<std::size_t>(call.integer(13));
  for (std::size_t i = 0; i < count; ++i, cell += 2) {
    changes[i] = {call.word(cell), call.word(cell + 1), port.stack[i]};
    if (port.stack[i] == YIN_WORD_ABSENT) changes[i].value = changes[i].expected;  // read only
  }
  const auto status = yin_commit(call.pin(), changes.data(), count, call.error());
  if (status == YIN_CONFLICT) return call.give(Tag::kFalse);
  if (call.check(status)) call.give(Tag::kTrue);
}

// The value in the data whatever there was: the new value, kept.
void reset(Port& port) {
  Call call(port);
  if (call.begin() && call.values(1) &&
      call.check(yin_reset(call.pin(), call.word(1), port.stack[0], nullptr, call.error()))) {
    call.give_kept(port.stack[0]);
  }
}

// The data: what it must be equal to, and what it shall be.
void compare_and_set(Port& port) {
  Call call(port);
  int was = 0;
  if (call.begin() && call.values(2) &&
      call.check(yin_compare_and_set(call.pin(), call.word(1), port.stack[0], port.stack[1], &was,
                                     call.error()))) {
    call.give_boolean(was != 0);
  }
}

// integer 1: how many conflicts.
void back_off(Port& port) {
  Call call(port);
  const auto domain = call.domain();
  if (domain)
    yin_back_off(domain->domain, call.word(1), static_cast<std::uint32_t>(call.integer(1)));
}

// ---- snapshots ----------------------------------------------------------------------------------

void snapshot(Port& port) {
  Call call(port);
  const auto domain = call.domain();
  yin_snapshot* taken;
  if (!domain || !call.check(yin_snapshot_take(domain->domain, &taken, call.error()))) return;
  call.give(Tag::kSmallInt, static_cast<std::int32_t>(place(port.snapshots, taken)));
}

// integer 1: the snapshot. What was read: kept; with flag... the word too.
void snapshot_deref(Port& port) {
  Call call(port);
  yin_word out;
  if (!call.begin()) return;
  const auto* taken = port.snapshots[static_cast<std::size_t>(call.integer(1))];
  if (!call.check(yin_snapshot_deref(taken, call.pin(), call.word(1), &out, call.error()))) return;
  call.give_kept(out);
  std::memcpy(port.mailbox + kResultWord * 4, &out, sizeof out);
}

void snapshot_release(Port& port) {
  Call call(port);
  auto& taken = port.snapshots[static_cast<std::size_t>(call.integer(1))];
  if (taken != nullptr) yin_snapshot_release(std::exchange(taken, nullptr));
}

// ---- watches, events ----------------------------------------------------------------------------

// cell 1: an atom, agent or stream; integer 1: id of its events; integer 13: WatchWish. Its number.
void watch(Port& port) {
  Call call(port);
  auto domain = call.domain();
  if (!domain || !call.begin()) return;
  auto watch = std::make_unique<Watch>(port.events, std::move(domain), call.integer(1),
                                       static_cast<WatchWish>(call.integer(13)));
  if (!call.check(watch->start(call.pin(), call.word(1), call.error()))) return;
  call.give(Tag::kSmallInt, static_cast<std::int32_t>(place(port.watches, std::move(watch))));
}

// integer 1: its number.
void unwatch(Port& port) {
  Call call(port);
  const auto number = static_cast<std::size_t>(call.integer(1));
  if (number < port.watches.size()) port.watches[number].reset();
}

// The domain's number of a watch that is not closed, or -1.
std::int32_t domain_of(const Port& port, std::int32_t id) {
  for (const auto& watch : port.watches) {
    if (!watch || watch->id != id) continue;
    const auto at = std::ranges::find(port.domains, watch->domain);
    return at == port.domains.end() ? -1 : static_cast<std::int32_t>(at - port.domains.begin());
  }
  return -1;
}

// The next event: its id in the payload, the tag small int with its kind; nil: there is none. A
// change's values are in the data, their handles in handle and second. One that failed: the
// status in cell 10, the sentence is the text.
void take_event(Port& port) {
  Call call(port);
  auto event = port.events->take();
  if (!event) return;
  auto* integers = call.integers();
  if (event->kind == EventKind::kChange && event->status == YIN_OK) {
    integers[0] = domain_of(port, event->id);
    if (integers[0] < 0 || !call.begin()) {
      event->before.release();
      event->after.release();
      return call.give(Tag::kFalse);  // its watch is gone: ask again
    }
    auto writer = Writer::data(port);
    writer.put(call.pin(), event->before.word);
    writer.put(call.pin(), event->after.word);
    writer.finish();
    const auto place = [&](const Kept& kept) {
      return kept.handle == nullptr ? -1 : place_handle(port, kept.handle);
    };
    integers[kResultHandle] = place(event->before);
    integers[kResultSecond] = place(event->after);
  } else {
    port.text = event->message;
    integers[kResultText] = static_cast<std::int32_t>(port.text.size());
    integers[kResultAscii] = 0;
  }
  call.give(Tag::kSmallInt, static_cast<std::int32_t>(event->kind));
  integers[kResultPayload] = event->id;
  integers[kResultPayload + 2] = static_cast<std::int32_t>(event->status);
}

// ---- agents and streams -------------------------------------------------------------------------

// argument: file, a zero, name, a zero, program. The agent.
void spawn(Port& port) {
  Call call(port);
  const auto domain = call.domain();
  if (!domain) return;
  const std::string& all = port.argument;
  const auto first = all.find('\0');
  const auto second = first == std::string::npos ? first : all.find('\0', first + 1);
  if (second == std::string::npos) return call.fail(YIN_INTERNAL, "spawn: file, name, program");
  const auto file = all.substr(0, first);
  const auto name = all.substr(first + 1, second - first - 1);
  yin_word agent;
  if (!call.check(yin_spawn(domain->domain, all.data() + second + 1, all.size() - second - 1,
                            file.c_str(), name.empty() ? nullptr : name.c_str(), &agent,
                            call.error()))) {
    return;
  }
  if (call.begin()) call.give(agent);
}

// cell 1: the agent. Its value, kept; its state in cell 14.
void agent_look(Port& port) {
  Call call(port);
  yin_agent_state state;
  yin_word value;
  if (!call.begin() ||
      !call.check(yin_agent_look(call.pin(), call.word(1), &state, &value, call.error()))) {
    return;
  }
  call.give_kept(value);
  call.integers()[kResultWord] = static_cast<std::int32_t>(state);
}

void agent_resume(Port& port) {
  Call call(port);
  if (call.begin() && call.values(1)) {
    (void)call.check(yin_agent_resume(call.pin(), call.word(1), port.stack[0], call.error()));
  }
}

// integer 1: threads. The server's number.
void serve(Port& port) {
  Call call(port);
  auto domain = call.domain();
  yin_server* server;
  if (!domain || !call.check(yin_serve(domain->domain, static_cast<unsigned>(call.integer(1)),
                                       &server, call.error()))) {
    return;
  }
  const auto number = place(port.servers, std::make_shared<Server>(std::move(domain), server));
  call.give(Tag::kSmallInt, static_cast<std::int32_t>(number));
}

// integer 1: the job's id; integer 13: the server.
void serve_stop(Port& port) {
  Call call(port);
  auto server = std::move(port.servers[static_cast<std::size_t>(call.integer(13))]);
  if (!server) return call.fail(YIN_CLOSED, "the server has stopped");
  auto domain = server->domain;
  start_job(call, std::move(domain),
            [server](yin_domain*, yin_error* error) { return server->stop(error); });
}

// argument: name, or nothing; cell 4: capacity.
void stream(Port& port) {
  Call call(port);
  yin_word out;
  const auto* name = port.argument.empty() ? nullptr : port.argument.data();
  if (call.begin() && call.check(yin_stream(call.pin(), name, port.argument.size(), call.count(4),
                                            &out, call.error()))) {
    call.give(out);
  }
}

// True; false: it is full.
void stream_put(Port& port) {
  Call call(port);
  if (!call.begin() || !call.values(1)) return;
  const auto status = yin_stream_put(call.pin(), call.word(1), port.stack[0], call.error());
  if (status == YIN_UNAVAILABLE) return call.give(Tag::kFalse);
  if (call.check(status)) call.give(Tag::kTrue);
}

void stream_close(Port& port) {
  Call call(port);
  if (call.begin()) (void)call.check(yin_stream_close(call.pin(), call.word(1), call.error()));
}

void cursor(Port& port) {
  Call call(port);
  yin_word out;
  if (call.begin() && call.check(yin_cursor(call.pin(), call.word(1), &out, call.error()))) {
    call.give(out);
  }
}

void cursor_stream(Port& port) {
  Call call(port);
  yin_word out;
  if (call.begin() && call.check(yin_cursor_stream(call.pin(), call.word(1), &out, call.error()))) {
    call.give(out);
  }
}

// The next item, kept; kSame: there is none yet; absent: there will be none.
void cursor_next(Port& port) {
  Call call(port);
  yin_word item;
  if (!call.begin()) return;
  const auto status = yin_cursor_next(call.pin(), call.word(1), &item, call.error());
  if (status == YIN_UNAVAILABLE) return call.give(Tag::kSame);
  if (status == YIN_END) return call.give(Tag::kAbsent);
  if (call.check(status)) call.give_kept(item);
}

// ---- the library --------------------------------------------------------------------------------

void version(Port& port) {
  Call call(port);
  port.text = yin_version();
  call.give_text();
}

// For benches: what a call costs.
void nop(Port& port) { Call call(port); }

// For tests: how many handles, iterators and watches there are.
void holdings(Port& port) {
  Call call(port);
  const auto living = [](const auto& table) {
    return std::ranges::count_if(table, [](const auto& item) { return item != nullptr; });
  };
  const std::array<double, 3> counts = {
      static_cast<double>(std::ranges::count_if(
          port.handles, [](const Handle& place) { return place.handle != nullptr; })),
      static_cast<double>(living(port.iterators)), static_cast<double>(living(port.watches))};
  std::memcpy(port.mailbox + kDataCell * 8, counts.data(), sizeof counts);
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {
      {"nameText", name_text},
      {"nameNumber", name_number},
      {"open", open_domain},
      {"close", close_domain},
      {"remove", remove_domain},
      {"stat", stat_domain},
      {"isReadOnly", is_read_only},
      {"flush", flush},
      {"verify", verify},
      {"make", make},
      {"load", load},
      {"read", read_text},
      {"print", print_text},
      {"equal", equal},
      {"hash", hash},
      {"compare", compare},
      {"meta", meta},
      {"withMeta", with_meta},
      {"release", release},
      {"hold", hold},
      {"get", get},
      {"findKey", find_key},
      {"nth", nth},
      {"peek", peek},
      {"count", count},
      {"assoc", assoc},
      {"dissoc", with_one<yin_dissoc>},
      {"conj", with_one<yin_conj>},
      {"disj", with_one<yin_disj>},
      {"merge", with_one<yin_merge>},
      {"pop", pop},
      {"slice", slice},
      {"updateMany", update_many},
      {"iterate", iterate},
      {"iterateOn", iterate_on},
      {"iterateEnd", iterate_end},
      {"diff", diff},
      {"page", page},
      {"findName", find_name},
      {"atom", atom},
      {"newAtom", new_atom},
      {"deleteRoot", delete_root},
      {"deleteName", delete_name},
      {"rename", rename_name},
      {"names", names},
      {"deref", deref},
      {"commit", commit},
      {"commitMany", commit_many},
      {"reset", reset},
      {"compareAndSet", compare_and_set},
      {"backOff", back_off},
      {"snapshot", snapshot},
      {"snapshotDeref", snapshot_deref},
      {"snapshotRelease", snapshot_release},
      {"watch", watch},
      {"unwatch", unwatch},
      {"takeEvent", take_event},
      {"spawn", spawn},
      {"agentLook", agent_look},
      {"agentResume", agent_resume},
      {"serve", serve},
      {"serveStop", serve_stop},
      {"stream", stream},
      {"streamPut", stream_put},
      {"streamClose", stream_close},
      {"cursor", cursor},
      {"cursorStream", cursor_stream},
      {"cursorNext", cursor_next},
      {"nop", nop},
      {"version", version},
      {"holdings", holdings},
  };
  return all;
}

}  // namespace yin::node
