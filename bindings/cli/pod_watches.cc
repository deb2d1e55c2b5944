#include "bindings/cli/pod_watches.h"

#include <algorithm>

namespace yin::cli {

namespace {

constexpr std::uint32_t kLookMs = 10'000;
// Changes sent in a row, before others have their turn.
constexpr int kInARow = 64;

}  // namespace

PodWatches::~PodWatches() {
  if (!thread_.joinable()) return;
  {
    std::unique_lock lock(mutex_);
    leaving_ = true;
    for (Entry& entry : entries_) entry.stopped = true;
    await(lock, [&] { return entries_.empty(); });
  }
  thread_.join();
}

template <class Condition>
void PodWatches::await(std::unique_lock<std::mutex>& lock, const Condition& is_done) {
  changed_.notify_all();
  yin_watch_wake(domain_);  // counts, though the thread may not have begun to wait
  changed_.wait(lock, is_done);
}

void PodWatches::add(yin_watch* watch, const std::string& id) {
  std::unique_lock lock(mutex_);
  const std::int64_t number = ++last_number_;
  entries_.push_back({number, id, watch});
  // Before the thread can look, so that it comes before the first change.
  output_.send_value(id, "{:watch " + std::to_string(number) + "}", true);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  await(lock, [&] { return seen_number_ >= number; });
}

bool PodWatches::stop(std::int64_t number) {
  std::unique_lock lock(mutex_);
  const auto find = [&] { return std::ranges::find(entries_, number, &Entry::number); };
  const auto entry = find();
  if (entry == entries_.end()) return false;
  entry->stopped = true;
  await(lock, [&] { return find() == entries_.end(); });
  return true;
}

void PodWatches::run() {
  std::vector<Entry> entries;
  std::vector<yin_watch*> watches;
  bool told_some = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return leaving_ || !entries_.empty(); });
      if (leaving_ && entries_.empty()) return;
      entries = entries_;
      seen_number_ = last_number_;
    }
    changed_.notify_all();
    watches.clear();
    for (const Entry& entry : entries) watches.push_back(entry.watch);
    const bool has_stopped = std::ranges::any_of(entries, &Entry::stopped);
    if (!told_some && !has_stopped)
      (void)yin_watch_wait(watches.data(), watches.size(), kLookMs, nullptr);
    told_some = false;
    for (const Entry& entry : entries) {
      const Told told = entry.stopped ? Told::kLast : tell(entry);
      if (told == Told::kLast) end(entry);
      told_some |= told == Told::kSome;
    }
  }
}

PodWatches::Told PodWatches::tell(const Entry& entry) {
  for (int i = 0; i < kInARow; ++i) {
    std::string event = "{:before ";
    yin_error error = {};
    bool is_last = false;
    {
      yin_pin* began = nullptr;
      if (yin_pin_begin(domain_, &began, nullptr) != YIN_OK) return Told::kLast;
      const PinPtr pin(began);
      yin_word before = 0;
      yin_word after = 0;
      if (yin_watch_take(entry.watch, began, &before, &after) == 0)
        return i == 0 ? Told::kNone : Told::kSome;
      is_last = after == YIN_WORD_ABSENT;
      yin_status status = append_edn(began, before, event, &error);
      event += is_last ? ", :deleted true" : ", :after ";
      if (status == YIN_OK && !is_last) status = append_edn(began, after, event, &error);
      event += '}';
    }
    if (error.status != YIN_OK) {  // once too large to be sent, it may go on being that
      output_.send_error(entry.id, error.message, error_data(error, "watch*"));
    } else {
      output_.send_value(entry.id, std::move(event), true);
    }
    if (is_last || error.status != YIN_OK) return Told::kLast;
  }
  return Told::kSome;
}

void PodWatches::end(const Entry& entry) {
  yin_watch_release(entry.watch);
  output_.finish(entry.id);
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const Entry& e) { return e.number == entry.number; });
  }
  changed_.notify_all();
}

}  // namespace yin::cli
