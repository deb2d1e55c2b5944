#include "bindings/cli/pod_support.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

namespace yin::cli {

yin_status say(yin_error* error, yin_status status, std::string_view sentence) {
  if (error != nullptr) {
    error->status = status;
    const std::size_t size = std::min(sentence.size(), sizeof error->message - 1);
    std::memcpy(error->message, sentence.data(), size);
    error->message[size] = '\0';
  }
  return status;
}

std::string error_data(const yin_error& error, std::string_view var) {
  std::string type = yin_status_name(error.status);  // YIN_NOT_FOUND
  type.erase(0, std::strlen("YIN_"));
  for (char& c : type) c = c == '_' ? '-' : static_cast<char>(c | 0x20);
  return "{:type :yin/" + type + ", :var " + quoted(var) + "}";
}

yin_status append_edn(const yin_pin* pin, yin_word w, std::string& out, yin_error* error) {
  if (out.size() >= kValueMaxBytes)
    return say(error, YIN_OUT_OF_RANGE, "the values are too large to be sent");
  const auto append = [](void* to, const char* text, std::size_t size) {
    static_cast<std::string*>(to)->append(text, size);
  };
  return yin_print(pin, w, kValueMaxBytes - out.size(), append, &out, error);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string text_of(const yin_pin* pin, yin_word w) {
  switch (yin_kind_of(pin, w)) {
    case YIN_STRING:
    case YIN_KEYWORD:
    case YIN_SYMBOL:
      break;
    default:
      return {};
  }
  char room[8];
  const char* bytes = nullptr;
  std::size_t size = 0;
  if (yin_to_bytes(pin, w, room, &bytes, &size, nullptr) != YIN_OK) return {};
  return {bytes, size};
}

void PodOutput::send(BencodeDictionary message) {
  const std::string bytes = encode(std::move(message));
  const std::lock_guard lock(writing_);
  // Who does not read any more has closed our input too, which ends us.
  (void)pipes_.write_output(bytes);
}

void PodOutput::send_value(const std::string& id, std::string edn, bool more) {
  BencodeList status;
  if (!more) status.emplace_back("done");
  send({{"id", id}, {"value", std::move(edn)}, {"status", std::move(status)}});
}

void PodOutput::finish(const std::string& id) {
  BencodeList status;
  status.emplace_back("done");
  send({{"id", id}, {"status", std::move(status)}});
}

void PodOutput::send_error(const std::string& id, const std::string& sentence, std::string data) {
  BencodeList status;
  status.emplace_back("done");
  status.emplace_back("error");
  send({{"id", id},
        {"ex-message", sentence},
        {"ex-data", std::move(data)},
        {"status", std::move(status)}});
}

}  // namespace yin::cli
