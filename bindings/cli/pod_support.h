#pragma once

// What the files of `yin pod` share: owners for what yin.h gives out, its errors, EDN text, and the
// output, where each message is written whole.
//
// The pod stands on bindings/c/yin.h alone, as every binding does. Its functions report as yin.h's
// do: a yin_status, and a sentence in a yin_error.
//
// PodOutput is thread-safe; the rest as yin.h says.

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "bindings/c/yin.h"
#include "bindings/cli/bencode.h"
#include "bindings/cli/pipes.h"

namespace yin::cli {

struct Release {
  void operator()(yin_handle* handle) const { yin_handle_release(handle); }
  void operator()(yin_snapshot* snapshot) const { yin_snapshot_release(snapshot); }
  void operator()(yin_domain* domain) const { yin_domain_release(domain); }
  void operator()(yin_pin* pin) const { yin_pin_end(pin); }
};
using HandlePtr = std::unique_ptr<yin_handle, Release>;
using SnapshotPtr = std::unique_ptr<yin_snapshot, Release>;
using DomainPtr = std::unique_ptr<yin_domain, Release>;
using PinPtr = std::unique_ptr<yin_pin, Release>;

// Fills in the error and gives its status.
yin_status say(yin_error* error, yin_status status, std::string_view sentence);
// The sentence of an error, and {:type :yin/not-found, :var "deref*"}.
std::string error_data(const yin_error& error, std::string_view var);

// Texts of more than this are not sent.
inline constexpr std::size_t kValueMaxBytes = std::size_t{128} << 20;

// Appends a value's EDN. YIN_OUT_OF_RANGE: `out` would get longer than kValueMaxBytes.
yin_status append_edn(const yin_pin* pin, yin_word w, std::string& out, yin_error* error);
std::string quoted(std::string_view text);  // as an EDN string
// The bytes of a string, the name of a keyword or symbol; empty for all else.
std::string text_of(const yin_pin* pin, yin_word w);

class PodOutput {
 public:
  explicit PodOutput(Pipes& pipes) : pipes_(pipes) {}
  void send(BencodeDictionary message);
  // What a call gives; `more`: others follow, until finish() or send_error().
  void send_value(const std::string& id, std::string edn, bool more = false);
  void finish(const std::string& id);
  void send_error(const std::string& id, const std::string& sentence, std::string data);

 private:
  Pipes& pipes_;
  std::mutex writing_;
};

}  // namespace yin::cli
