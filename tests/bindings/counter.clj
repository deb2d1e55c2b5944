;; The Clojure part of the story (tests/bindings/story): counter.c says what it is to do.
;;   counter.clj swap|watch PATH N, counter.clj tally PATH N NAME
(require '[yin.core :as yin])

(defn counter [domain name]
  (yin/atom {:domain domain :id name} 0))

(defn swap-so-often [domain n]
  (let [total (counter domain "total")]
    (dotimes [_ n] (swap! total inc))
    (println n)))

(defn tally [domain n name]
  (let [total (counter domain "total") mine (counter domain name)]
    (while (yin/transact
            (when (< @mine n)
              (swap! total inc)
              (swap! mine inc))))))

(defn watch [domain n]
  (let [total (counter domain "total")
        done (promise)
        seen (clojure.core/atom {:changes 0})
        tell (fn [before after]
               (let [{:keys [last changes]} @seen]
                 (when-not (and (= after (inc before)) (or (nil? last) (= before last)))
                   (deliver done (str "from " before " to " after ", behind " last)))
                 (swap! seen assoc :last after :changes (inc changes))
                 (when (<= n after) (deliver done :all))))]
    (with-open [_ (yin/watch total tell {:every true})]
      (println "watching")
      (flush)
      (let [ended (deref done 120000 "no change for two minutes")]
        (when-not (= :all ended)
          (binding [*out* *err*] (println ended))
          (System/exit 1))
        (println (:changes @seen) "changes to" (:last @seen))))))

(let [[mode path n name] *command-line-args*
      n (parse-long n)]
  (with-open [domain (yin/open path)]
    (case mode
      "swap" (swap-so-often domain n)
      "tally" (tally domain n name)
      "watch" (watch domain n))))
(shutdown-agents)
