// Counts the words of FILE... without agents, and compares the result with the counts (a JSON
// object) on standard input.
//
//   yin get DOMAIN counts --json | plain_wordcount FILE...
//
// A word is a run of ASCII letters, digits and bytes from 0x80 on, with letters in lower case;
// bytes that are no valid UTF-8 count as U+FFFD. Nothing of Yin is used here, so that the
// comparison proves something.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace {

using Counts = std::map<std::string, std::int64_t>;

// Feeds bytes of valid UTF-8, each invalid byte replaced by U+FFFD, to `emit`.
template <class Emit>
void decode(const std::string& bytes, Emit&& emit) {
  const std::size_t size = bytes.size();
  for (std::size_t i = 0; i < size;) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const std::size_t want = first < 0x80    ? 1
                             : first >= 0xf0 ? 4
                             : first >= 0xe0 ? 3
                             : first >= 0xc2 ? 2
                                             : 0;
    std::uint32_t point = want == 1 ? first : first & (0x7fU >> want);
    bool valid = want != 0 && i + want <= size && first <= 0xf4;
    for (std::size_t k = 1; valid && k < want; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i + k]);
      valid = next >> 6 == 2;
      point = point << 6 | (next & 0x3fU);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    valid = valid && point >= kLeast[want] && point <= 0x10ffff &&
            !(point >= 0xd800 && point <= 0xdfff);
    if (valid) {
      for (std::size_t k = 0; k < want; ++k) emit(bytes[i + k]);
      i += want;
    } else {
      for (const char c : std::string("\xef\xbf\xbd")) emit(c);
      ++i;
    }
  }
}

void count_words(const std::string& bytes, Counts& counts) {
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) ++counts[word];
    word.clear();
  };
  decode(bytes, [&](char c) {
    const auto b = static_cast<unsigned char>(c);
    if (b >= 'A' && b <= 'Z') {
      word += static_cast<char>(b - 'A' + 'a');
    } else if (b >= 0x80 || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9')) {
      word += c;
    } else {
      end_word();
    }
  });
  end_word();
}

}  // namespace

int main(int argc, char** argv) {
  Counts plain;
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    if (!in) {
      std::cerr << "plain_wordcount: cannot read " << argv[i] << "\n";
      return 3;
    }
    count_words(std::string(std::istreambuf_iterator<char>(in), {}), plain);
  }
  const nlohmann::json agents = nlohmann::json::parse(std::cin, nullptr, false);
  if (!agents.is_object()) {
    std::cerr << "plain_wordcount: standard input holds no JSON object of counts\n";
    return 2;
  }
  std::int64_t total = 0, lost = 0, doubled = 0;
  for (const auto& [word, count] : plain) {
    total += count;
    const std::int64_t got = agents.value(word, std::int64_t{0});
    lost += std::max<std::int64_t>(0, count - got);
    doubled += std::max<std::int64_t>(0, got - count);
  }
  for (const auto& [word, count] : agents.items()) {
    if (!plain.contains(word)) doubled += count.get<std::int64_t>();
  }
  std::cout << "compared with a plain count of " << argc - 1 << " files, " << total << " words, "
            << plain.size() << " different: " << lost << " lost, " << doubled << " doubled\n";
  return lost == 0 && doubled == 0 ? 0 : 1;
}
