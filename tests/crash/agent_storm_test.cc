// What agents do with each other and with time, under fire: messages through a bounded mailbox,
// sleeping, waits with a deadline, jobs that fail and are started again by a supervisor, linked
// pairs, select. Three worker processes, SIGKILL at random instants, now and then at everything,
// and then a resume. Whatever happens, each message comes once and in order, each end is told once,
// each job is done once, and nobody wakes before his time.

#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/crash/storm.h"

namespace {

using yin::crash::finish;
using yin::crash::Losses;
using yin::crash::slurp;
using yin::crash::start;
using yin::crash::Storm;

constexpr std::string_view kProgram = R"clj(
(def senders 5) (def each 100) (def jobs 30) (def pairs 10) (def sleepers 10)
(def seen (atom {} "seen"))          ; of each sender, what came
(def done (atom {} "done"))          ; of each job, how often it was done
(def slept (atom 0)) (def early (atom 0))
(def taken (atom [] "taken"))        ; from two streams, by readers that share cursors

(defn nap [] (when (= 0 (rand-int 3)) (sleep (rand-int 8))))

(def server
  (spawn {:mailbox 4 :name "server"}
    (fn []
      (loop [left (* senders each)]
        (when (< 0 left)
          (let [m (receive {:timeout 20 :else nil})]
            (if (nil? m)
              (recur left)
              (let [[who i] m] (swap! seen update who (fnil conj []) i) (recur (dec left))))))))))

(dotimes [who senders] (spawn (fn [] (dotimes [i each] (nap) (send server [who i])))))

(dotimes [_ sleepers]
  (spawn (fn []
    (let [began (now)]
      (sleep 30)
      (when (< (- (now) began) 30) (swap! early inc))
      (swap! slept inc)))))

(def a (stream {:capacity 3})) (def b (stream {:capacity 3}))
(def ca (cursor a)) (def cb (cursor b))
(dotimes [_ 3]
  (spawn (fn []
    (loop [left #{ca cb}]
      (when (seq left)
        (let [[from item] (select (vec left) {:end :end :timeout 5 :else [nil nil]})]
          (cond (nil? from) (recur left)
                (= item :end) (recur (disj left from))
                :else (do (swap! taken conj item) (recur left)))))))))
(doseq [[s from] [[a 0] [b 100]]]
  (spawn (fn [] (dotimes [i 40] (put! s (+ from i))) (close! s))))

(defn job [k]
  (nap)
  (when (< (rand) 0.3) (error "again"))
  (swap! done update k (fnil inc 0)))

(def supervisor
  (spawn {:name "supervisor" :monitor true}
    (fn []
      (loop [running (into {} (map (fn [k] [(spawn {:monitor true} job k) k]) (range jobs)))]
        (when (seq running)
          (let [[_ who why] (receive) k (get running who) left (dissoc running who)]
            (if (= why :normal)
              (recur left)
              (recur (assoc left (spawn {:monitor true} job k) k)))))))))

(dotimes [k pairs]
  (spawn {:monitor true}
    (fn []
      (spawn {:link true} (fn [] (sleep (rand-int 6)) (exit {:pair k})))
      (receive))))

; One end of each pair and of the supervisor.
(def ends (mapv (fn [_] (last (receive))) (range (inc pairs))))
(while (or (< @slept sleepers) (< (count @taken) 80) (< (reduce + (map count (vals @seen))) (* senders each)))
  (sleep 3))
(atom [(= @seen (into {} (map (fn [who] [who (vec (range each))]) (range senders))))
       (= @done (into {} (map (fn [k] [k 1]) (range jobs))))
       (= (set ends) (conj (set (map (fn [k] {:pair k}) (range pairs))) :normal))
       (= (sort @taken) (concat (range 40) (range 100 140)))
       @slept @early (receive {:timeout 0 :else :nothing})]
      "report")
)clj";

void storm(int runs) {
  const Storm scratch("agents");
  const std::uint64_t seed = yin::crash::seed_of_run();
  std::mt19937_64 random(seed);
  const std::string program = (scratch.dir / "storm.clj").string();
  std::ofstream(program) << kProgram;
  const std::vector<std::string> arguments = {
      "run", program, "--domain", scratch.domain.string(), "--processes", "3"};
  Losses losses;
  for (int run = 0; run < runs; ++run) {
    const int code =
        under_fire(scratch, arguments, random, losses, {.kills_max = 12, .pause_max_us = 15'000});
    INFO("seed " << seed << ", run " << run << ":\n" << slurp(scratch.err));
    // What failed on purpose has told somebody: no agent is left.
    REQUIRE(code == 0);
    REQUIRE(finish(start({"get", scratch.domain.string(), "report"}, scratch.out, scratch.err)) ==
            0);
    REQUIRE(slurp(scratch.out) == "[true true true true 10 0 :nothing]\n");
    const int verified =
        finish(start({"verify", scratch.domain.string()}, scratch.out, scratch.err));
    INFO(slurp(scratch.out));
    REQUIRE(verified == 0);
  }
  std::cout << "agent storm: " << describe(losses, runs, seed) << "\n";
}

}  // namespace

TEST_CASE("messages, timers, links and monitors are exact whoever is killed when") { storm(12); }

TEST_CASE("messages, timers, links and monitors are exact in 300 runs under kills", "[long]") {
  storm(300);
}
