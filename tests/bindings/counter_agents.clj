; The agents' part of the story (tests/bindings/story): four agents count in an atom that other hosts
; count in too, N times together.
;
;   yin run counter_agents.clj --domain PATH -- N
(def total (atom 0 "total"))
(def n (quot (parse-long (first *args*)) 4))

(defn count-up [name]
  (dotimes [_ n]
    (swap! total inc))
  (println name n))

(doseq [name ["a" "b" "c" "d"]]
  (spawn count-up name))
