#pragma once

// `yin pod`: the atoms of domains for babashka (bb) and for Clojure with babashka.pods.
//
//   {"op" "describe"} -> namespace pod.yin: the calls (pod_domain.h), and code for the client
//   {"op" "invoke" "id" .. "var" "pod.yin/deref*" "args" "[1 3844]"} -> {"id" .. "value" "42" ..}
//   {"op" "shutdown"} -> leaves
//
// Messages are bencode (bencode.h) over the standard input and output, arguments and values EDN
// within them. What a user calls, pod.yin/swap! and its like, is pod_client.clj: it runs in the
// client and stands on the calls. A call is answered before the next one is read, so that they
// happen in the order in which they were sent; watches tell their changes in between.
//
// The protocol: https://github.com/babashka/pods.

#include <string>
#include <string_view>
#include <vector>

namespace yin::cli {

// The text of pod_client.clj.
std::string_view pod_client_text();

struct PodClientVar {
  std::string_view name;
  std::string_view code;
};
// The definitions in a text: forms that begin a line, each up to the next blank line.
std::vector<PodClientVar> client_vars(std::string_view text);

}  // namespace yin::cli
