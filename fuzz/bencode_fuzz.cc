// libFuzzer over the reader of bencode, which is what comes into `yin pod`: a message is read or
// refused, in whatever pieces it comes; what was read is written as a message that reads the same.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   build/fuzz/bencode_fuzz -max_len=4096 CORPUS

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "substrate/check.h"
#include "bindings/cli/bencode.h"

namespace {

using yin::cli::encode;
using yin::cli::Source;
using yin::substrate::check;
using yin::substrate::StatusCode;

// All messages in a text, up to its end or what is none, written again.
std::string messages_in(std::string_view text, std::size_t piece) {
  Source source([&](char* to, std::size_t room) {
    const std::size_t size = std::min({piece, room, text.size()});
    std::memcpy(to, text.data(), size);
    text.remove_prefix(size);
    return size;
  });
  std::string written;
  for (;;) {
    const auto message = decode(source);
    if (message.ok()) {
      written += encode(*message);
      continue;
    }
    check(!message.status().message().empty(), "an error without a sentence");
    return written;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string written = messages_in(text, text.size() + 1);
  check(messages_in(text, 1 + text.size() % 7) == written, "in pieces it reads another way");
  check(messages_in(written, written.size() + 1) == written, "what was written reads another way");
  return 0;
}
