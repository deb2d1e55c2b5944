;; Does jobs until the queue is closed: clojure -M worker.clj DOMAIN NAME
;; Start it again under its name, and it goes on with the job it had.

(require '[yin.core :as yin])

(defn primes-below [n]
  (count (remove (fn [k] (some #(zero? (rem k %)) (range 2 (inc (long (Math/sqrt k))))))
                 (range 2 n))))

(defn take-job
  "The state with a job in the worker's place, if there is one for it."
  [{:keys [waiting taken] :as state} worker]
  (if (or (contains? taken worker) (empty? waiting))
    state
    (-> state
        (assoc-in [:taken worker] (peek waiting))
        (update :waiting pop))))

(defn finish-job [state worker [id] result]
  (-> state
      (update :taken dissoc worker)
      (assoc-in [:done id] result)))

(defn work [jobs worker]
  (let [state (swap! jobs take-job worker)]
    (if-let [[id task :as job] (get-in state [:taken worker])]
      (let [result (primes-below task)]
        (swap! jobs finish-job worker job result)
        (println worker "has done job" id)
        true)
      (not (:closed state)))))

(let [[path worker] *command-line-args*]
  (when-not worker
    (binding [*out* *err*] (println "usage: clojure -M worker.clj DOMAIN NAME"))
    (System/exit 2))
  (with-open [domain (yin/open path)]
    (let [jobs    (yin/atom {:domain domain :id "jobs"} {:waiting clojure.lang.PersistentQueue/EMPTY :taken {} :done {} :closed false})
          changed (java.util.concurrent.Semaphore. 0)]
      (with-open [_ (yin/watch jobs (fn [_ _] (.release changed)))]
        (while (work jobs worker)
          (when (and (empty? (:waiting @jobs)) (not (:closed @jobs)))
            (.acquire changed)
            (.drainPermits changed)))))))
