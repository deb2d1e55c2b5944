#pragma once

// Bencode: what messages of the pod protocol (pod.h) are written in.
//
//   i42e   4:spam   l4:spami42ee   d3:cow3:moo4:spami1ee
//
// Integers of 64 bits, byte strings, lists, dictionaries (keys in order of their bytes when
// written, in any when read). What is read comes from somebody else: nesting and size have limits,
// and nothing is allocated for bytes that were only announced.
//
// No Debian package has it for C++. Thread-safe as far as values are; a Source belongs to one
// thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "substrate/status.h"

namespace yin::cli {

struct Bencode;
using BencodeList = std::vector<Bencode>;
using BencodeDictionary = std::map<std::string, Bencode, std::less<>>;

struct Bencode {
  enum class Kind : std::uint8_t { kInteger, kString, kList, kDictionary };

  Bencode() = default;
  Bencode(std::int64_t n) : number(n) {}  // NOLINT(google-explicit-constructor): written as data
  Bencode(std::string s) : kind(Kind::kString), bytes(std::move(s)) {}              // NOLINT: same
  Bencode(const char* s) : kind(Kind::kString), bytes(s) {}                         // NOLINT: same
  Bencode(BencodeList l) : kind(Kind::kList), list(std::move(l)) {}                 // NOLINT: same
  Bencode(BencodeDictionary d) : kind(Kind::kDictionary), entries(std::move(d)) {}  // NOLINT: same

  // What stands under a key as a string; empty when there is none.
  [[nodiscard]] std::string string_at(std::string_view key) const;

  Kind kind = Kind::kInteger;
  std::int64_t number = 0;  // of the four, the one that `kind` says
  std::string bytes;
  BencodeList list;
  BencodeDictionary entries;
};

std::string encode(const Bencode& value);

// Bytes as they come, buffered. `read` gives at least one, or 0 at the end.
class Source {
 public:
  using Read = std::function<std::size_t(char* to, std::size_t room)>;
  explicit Source(Read read) : read_(std::move(read)) {}

  // -1: there are no more.
  int peek();
  int next();
  // The next `size` bytes; false: there are fewer.
  bool take(std::size_t size, std::string& out);

 private:
  Read read_;
  std::string buffer_ = std::string(1 << 16, '\0');
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

inline constexpr std::size_t kMessageMaxBytes = std::size_t{256} << 20;
inline constexpr int kMessageMaxDepth = 32;

// The next value. kNotFound: the source ended before it began. kInvalidArgument: no bencode, or it
// ended in the middle; kResourceExhausted: beyond the limits. Behind these two nothing can be read
// any more, since nobody knows where the next value begins.
substrate::StatusOr<Bencode> decode(Source& source);

}  // namespace yin::cli
