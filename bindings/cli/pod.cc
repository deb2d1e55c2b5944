#include "bindings/cli/pod.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include "bindings/cli/exit_code.h"
#include "bindings/cli/options.h"
#include "bindings/cli/pod_domain.h"

namespace yin::cli {

namespace {

constexpr std::string_view kNamespace = "pod.yin";
constexpr int kTries = 4;  // of a call whose pin expired, because this process was stopped

// What EDN has no text for is printed behind these tags (substrate/print.h): the client reads them
// as tagged literals.
constexpr const char* kTags[] = {"agent",  "array", "atom",     "bytes",       "closure", "cursor",
                                 "error",  "frame", "layout",   "primitive",   "stream",  "struct",
                                 "tensor", "var",   "function", "continuation"};

BencodeDictionary describe_call(const PodCallEntry& entry) {
  return {{"name", entry.name},
          {"meta", "{:doc " + quoted(entry.doc) + " :arglists ([" + entry.arguments + "])}"}};
}

BencodeDictionary describe_code(std::string name, std::string code) {
  return {{"name", std::move(name)}, {"code", std::move(code)}};
}

BencodeDictionary describe() {
  BencodeList vars;
  BencodeDictionary readers;
  for (const std::string tag : kTags) {
    readers["yin/" + tag] = std::string(kNamespace) + "/read-" + tag;
    vars.emplace_back(describe_code(
        "read-" + tag, "(defn read-" + tag + " [x] (tagged-literal 'yin/" + tag + " x))"));
  }
  for (const PodCallEntry& entry : pod_calls()) vars.emplace_back(describe_call(entry));
  for (const PodClientVar& var : client_vars(pod_client_text()))
    vars.emplace_back(describe_code(std::string(var.name), std::string(var.code)));
  BencodeList namespaces;
  namespaces.emplace_back(
      BencodeDictionary{{"name", std::string(kNamespace)}, {"vars", std::move(vars)}});
  return {{"format", "edn"},
          {"namespaces", std::move(namespaces)},
          {"ops", BencodeDictionary{{"shutdown", BencodeDictionary{}}}},
          {"readers", std::move(readers)}};
}

// The integer that the text of the arguments begins with, a list's or a vector's; -1: none.
std::int64_t leading_integer(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n,";
  const auto skip = [&] {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  };
  skip();
  if (!text.starts_with('[') && !text.starts_with('(')) return -1;
  text.remove_prefix(1);
  skip();
  std::int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class Pod {
 public:
  explicit Pod(Pipes& pipes)
      : pipes_(pipes),
        output_(pipes),
        source_([&pipes](char* to, std::size_t room) { return pipes.read_input(to, room); }) {}
  ~Pod() { pipes_.leave(); }  // watches, which end behind this, may have more than anybody reads

  int run() {
    for (;;) {
      const auto message = decode(source_);
      if (pipes_.interrupted()) return kExitInterrupted;
      if (message.status().code() == substrate::StatusCode::kNotFound) return kExitOk;
      if (!message.ok()) {
        std::fprintf(stderr, "yin pod: %s\n", message.status().message().c_str());
        return kExitUsage;
      }
      const std::string op = message->string_at("op");
      const std::string id = message->string_at("id");
      if (op == "shutdown") return kExitOk;
      if (op == "describe") {
        send_description(id);
      } else if (op == "invoke") {
        invoke(id, message->string_at("var"), message->string_at("args"));
      } else {
        refuse(id, YIN_INVALID_ARGUMENT,
               "no such op: \"" + op +
                   "\"; there are describe, invoke "
                   "and shutdown");
      }
    }
  }

 private:
  void send_description(const std::string& id) {
    BencodeDictionary description = describe();
    if (!id.empty()) description["id"] = id;
    output_.send(std::move(description));
  }

  void refuse(const std::string& id, yin_status status, std::string_view sentence,
              std::string_view var = {}) {
    yin_error error;
    say(&error, status, sentence);
    output_.send_error(id, error.message, error_data(error, var));
  }

  void invoke(const std::string& id, const std::string& var, const std::string& arguments) {
    const std::string prefix = std::string(kNamespace) + "/";
    const std::string name = var.starts_with(prefix) ? var.substr(prefix.size()) : "";
    const auto& calls = pod_calls();
    const auto entry =
        std::ranges::find_if(calls, [&](const PodCallEntry& e) { return e.name == name; });
    if (entry == calls.end()) return refuse(id, YIN_NOT_FOUND, "the pod has no var " + var, var);
    if (name == "open*") return open(id, arguments);
    const std::int64_t number = leading_integer(arguments);
    const auto domain = domains_.find(number);
    if (domain == domains_.end()) {
      return refuse(id, YIN_CLOSED,
                    number < 0 ? "the first argument is a domain or an atom that the pod has given"
                               : "domain " + std::to_string(number) + " is not open",
                    name);
    }
    if (name == "close*") {
      domains_.erase(domain);
      return output_.send_value(id, "nil");
    }
    call(id, *entry, *domain->second, arguments);
  }

  void open(const std::string& id, const std::string& arguments) {
    yin_domain* opened = nullptr;
    yin_error error = {};
    if (open_from_arguments(arguments, &opened, &error) != YIN_OK)
      return output_.send_error(id, error.message, error_data(error, "open*"));
    const std::int64_t number = ++last_domain_;
    domains_[number] = std::make_unique<PodDomain>(number, opened, output_);
    output_.send_value(id, "{:domain " + std::to_string(number) + ", :path " +
                               quoted(yin_domain_path(opened)) + ", :read-only " +
                               (yin_domain_is_read_only(opened) != 0 ? "true}" : "false}"));
  }

  void call(const std::string& id, const PodCallEntry& entry, PodDomain& domain,
            const std::string& arguments) {
    yin_error error = {};
    for (int i = 0; i < kTries; ++i) {
      yin_pin* began = nullptr;
      yin_word read = 0;
      yin_status status = yin_pin_begin(domain.domain.get(), &began, &error);
      PinPtr pin(began);
      if (status == YIN_OK)
        status = yin_read(began, arguments.data(), arguments.size(), &read, &error);
      if (status == YIN_OK) {
        PodCall call{domain, id, read, 0, std::move(pin)};
        // leading_integer() has seen that it is a list or a vector.
        (void)yin_count(began, read, &call.count, nullptr);
        status = answer(entry, call);
        call.pin.reset();  // nothing is sent under a pin
        error = call.error;
        if (status == YIN_OK && call.is_answered) return;
        if (status == YIN_OK) return output_.send_value(id, std::move(call.value));
      }
      if (status != YIN_UNAVAILABLE) break;
    }
    output_.send_error(id, error.message, error_data(error, entry.name));
  }

  Pipes& pipes_;
  PodOutput output_;
  Source source_;
  std::int64_t last_domain_ = 0;
  std::map<std::int64_t, std::unique_ptr<PodDomain>> domains_;
};

}  // namespace

std::vector<PodClientVar> client_vars(std::string_view text) {
  std::vector<PodClientVar> vars;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    const std::string_view form = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    if (!form.starts_with("(def")) continue;  // a comment
    const std::size_t from = form.find(' ') + 1;
    vars.push_back({form.substr(from, form.find_first_of(" \n", from) - from), form});
  }
  return vars;
}

int pod_command() {
  const bool has_client = std::getenv("BABASHKA_POD") != nullptr;
  Pipes pipes(has_client);
  if (!has_client && Pipes::input_is_terminal()) {
    std::fprintf(stderr,
                 "yin pod: this speaks the pod protocol, in bencode; from bb: "
                 "(babashka.pods/load-pod [\"yin\" \"pod\"])\n");
  }
  return Pod(pipes).run();
}

}  // namespace yin::cli
