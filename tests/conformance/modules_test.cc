// Programs of several files: each a namespace, read once; names that are kept apart; macros of one
// file in another; and what goes wrong, told with the place of it.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/run_cases.h"

using namespace yin;

namespace {

using Files = std::map<std::string, std::string, std::less<>>;

using vm::Projection;
const std::vector<tests::RunOptions> kConfigurations = {
    {.projections = {Projection::kWalk}},
    {.projections = {Projection::kStack}},
    {.projections = {Projection::kRegister}},
    {.projections = {Projection::kNative}},
    {.projections = {Projection::kNative, Projection::kStack, Projection::kRegister,
                     Projection::kWalk},
     .fuel = 1,
     .steps_max = 200'000}};

struct Program {
  std::string_view text;
  std::string_view expected;
};

template <std::size_t kCount>
void check_files(const Files& files, const Program (&programs)[kCount]) {
  for (const Program& p : programs) {
    INFO(p.text);
    for (tests::RunOptions options : kConfigurations) {
      options.modules = files;
      tests::ProgramRunner runner;
      const auto result = runner.run(p.text, options);
      INFO("got " << result.output << '|' << result.value << " on "
                  << static_cast<int>(options.projections[0]));
      CHECK(tests::as_expected(result.output + result.value, p.expected));
    }
  }
}

const Files kFiles = {
    {"my.lib",
     "(ns my.lib \"Says what it is.\" (:require [my.base :as base]))\n"
     "(defn f \"The lib's.\" [x] (helper (base/f x)))\n"
     "(defn- helper [x] [:lib x])\n"
     "(def ^:private secret 5)\n"
     "(defn reveal [] secret)\n"
     "(def state (atom 0))\n"
     "(defn count [x] [:own (clojure.core/count x)])\n"
     "(defn size [x] (count x))\n"
     "(defmacro twice [form] `(do ~form (f ~form)))\n"
     "(defmacro hidden [form] `(helper ~form))\n"
     "(defmulti area :shape)\n"
     "(defmethod area :square [s] (* (:side s) (:side s)))\n"
     "(defn even-one? [n] (if (= n 0) true (odd-one? (dec n))))\n"
     "(defn odd-one? [n] (if (= n 0) false (even-one? (dec n))))\n"},
    {"my.base",
     "(ns my.base)\n(println \"base is run\")\n(defn f [x] (* x 10))\n(def f2 f)\n"
     "(defn qualified [x] (my.base/f x))\n"},
    {"no-ns", "(defn f [] :no-ns)"},
    {"other-name", "(ns another)"},
    {"a", "(ns a (:require b))"},
    {"b", "(ns b\n  (:require [c]))"},
    {"c", "(ns c (:require [a :as x]))"},
    {"needs-main", "(ns needs-main (:require app))"},
    {"broken", "(ns broken)\n(defn f [x)\n"},
    {"broken-later", "(ns broken-later)\n(defn f [x]\n  (throw (ex-info \"later\" {})))"},
    {"unknown-name", "(ns unknown-name)\n(defn f [] nowhere)"},
    {"needs-broken", "(ns needs-broken (:require broken))"},
};

}  // namespace

TEST_CASE("each file has its names, and is run once, before who requires it") {
  check_files(
      kFiles,
      {
          {"(ns app (:require [my.lib :as l])) (defn f [] :main) [(f) (l/f 1) (my.lib/f 2)]",
           "base is run\n[:main [:lib 10] [:lib 20]]"},
          {"(ns app (:require [my.lib :as l :refer [f]] [my.base :as b])) [(f 1) (b/f 1) (b/f2 3)]",
           "base is run\n[[:lib 10] 10 30]"},
          {"(require '[my.base :as b]) (require '[my.base :refer [f]]) [(b/f 1) (f 2)]",
           "base is run\n[10 20]"},
          {"(require 'my.base) (my.base/qualified 4)", "base is run\n40"},
          {"(ns app (:require [my.lib :as l])) (let [f inc] [(f 1) (l/f 1)])",
           "base is run\n[2 [:lib 10]]"},
          {"(ns app (:require [my.lib :as l])) [(l/size [1 2]) (count [1 2]) (l/count [])]",
           "base is run\n[[:own 2] 2 [:own 0]]"},
          {"(ns app (:require [my.lib :as l])) [(l/reveal) (swap! l/state inc) @l/state]",
           "base is run\n[5 1 1]"},
          {"(ns app (:require [my.lib :as l])) (l/odd-one? 7)", "base is run\ntrue"},
          {"(ns app (:require [no-ns :as n])) (n/f)", ":no-ns"},
          {"(ns app) (defn f [] 1) (let [g 2] [(app/f) g])", "[1 2]"},
          {"(ns app) (defn f [] 1) (let [f 2] (app/f))",
           "!t.clj:1:36: the local `f` hides `app/f` here; take another name for it"},
          {"(ns app (:require [my.lib :as l])) (mapv l/f [1 2])",
           "base is run\n[[:lib 10] [:lib 20]]"},
          {"(ns app (:require [my.lib :as l])) (:doc (meta #'l/f))", "base is run\n\"The lib's.\""},
      });
}

TEST_CASE("macros and multimethods of one file serve another") {
  check_files(
      kFiles,
      {
          {"(ns app (:require [my.lib :as l])) (l/twice 3)", "base is run\n[:lib 30]"},
          {"(ns app (:require [my.lib :refer [twice]])) (defn f [x] :not-this) (twice 3)",
           "base is run\n[:lib 30]"},
          {"(ns app (:require [my.lib :as l])) (let [twice 1] [twice (l/twice 3)])",
           "base is run\n[1 [:lib 30]]"},
          {"(ns app (:require [my.lib :as l])) (l/hidden 3)", "!`my.lib/helper` is private"},
          {"(ns app (:require [my.lib :as l]))"
           "(defmethod l/area :circle [c] (* 3 (:r c) (:r c)))"
           "[(l/area {:shape :square :side 2}) (l/area {:shape :circle :r 2})]",
           "base is run\n[4 12]"},
          {"(ns app (:require [my.lib :as l])) l/twice",
           "!t.clj:1:36: `my.lib/twice` is no function"},
      });
}

TEST_CASE("what is wrong with a file is told with its place") {
  check_files(
      kFiles,
      {
          {"(ns app (:require [nowhere :as n]))",
           "!t.clj:1:20: there is no Clojure module `nowhere`: no such file"},
          {"(ns app (:require [my.lib :as l])) (l/nope 1)",
           "!t.clj:1:37: `my.lib/nope`: the module `my.lib` defines no such name"},
          {"(ns app (:require [my.lib :refer [nope]]))",
           "!t.clj:1:35: `my.lib/nope`: the module `my.lib` defines no such name"},
          {"(ns app (:require [my.lib :refer [helper]]))",
           "!t.clj:1:35: `my.lib/helper` is private to its module"},
          {"(ns app (:require [my.lib :as l]))\n(l/helper 1)",
           "!t.clj:2:2: `my.lib/helper` is private to its module"},
          {"(ns app (:require [my.lib :as l]))\nl/secret",
           "!t.clj:2:1: `my.lib/secret` is private to its module"},
          {"(ns app (:require a))",
           "!c.clj:1:18: these files require each other in a circle: a -> b -> c -> a"},
          {"(ns app (:require needs-main))",
           "!needs-main.clj:1:26: these files require each other in a circle: app -> needs-main -> "
           "app"},
          {"(ns app (:require broken))", "!broken.clj:2:11: `)` cannot close the vector"},
          {"(ns app (:require needs-broken))", "!broken.clj:2:11: `)` cannot close the vector"},
          {"(ns app (:require other-name))",
           "!other-name.clj:1:5: this file is required as other-name, and calls itself another"},
          {"(ns app (:require [broken-later :as b]))\n(b/f 1)", "!broken-later.clj:3:3: later"},
          {"(ns app (:require [unknown-name :as u])) (u/f)",
           "!unknown-name.clj:2:12: unbound name: nowhere"},
      });
}
