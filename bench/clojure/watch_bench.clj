;; From a commit to the function of a watch: how long? Of this process, and of a C program's commit when its path is
;; given (cmake --build build/release --target watch_writer):
;;   java -cp $(cat build/release/clojure/classpath) clojure.main bench/clojure/watch_bench.clj \
;;     build/release/watch_writer
;; In us, beside handing over between two threads of the JVM. A value is the time of its commit: CLOCK_MONOTONIC in
;; ns, as System/nanoTime.
(require '[yin.core :as yin])
(import '(java.util.concurrent SynchronousQueue)
        '(java.util.concurrent.locks LockSupport))

(def warm 2000)
(def counted 5000)
(def pause-us 300)  ; the watcher waits again

(defn quantiles [nanos]
  (let [all (vec (sort (drop warm nanos)))
        at (fn [p] (/ (all (long (* p (count all)))) 1000.0))]
    {:p50 (at 0.5) :p99 (at 0.99)}))

(defn measured
  "`(send)` makes `told` receive a latency."
  [send ^SynchronousQueue told]
  (quantiles (doall (repeatedly (+ warm counted)
                                (fn [] (LockSupport/parkNanos (* 1000 pause-us)) (send) (.take told))))))

(defn handed-over []
  (let [told (SynchronousQueue.) given (SynchronousQueue.)
        thread (doto (Thread. (fn [] (while true
                                       (let [t (long (.take given))] (.put told (- (System/nanoTime) t))))))
                 (.setDaemon true) (.start))]
    (measured #(.put given (System/nanoTime)) told)))

(defn within-the-process []
  (with-open [d (yin/open "")]
    (let [a (yin/atom {:domain d} 0)
          told (SynchronousQueue.)]
      (with-open [_ (yin/watch a (fn [_ after] (.put told (- (System/nanoTime) (long after)))))]
        (measured #(reset! a (System/nanoTime)) told)))))

(defn from-another-process [writer]
  (let [file (doto (java.io.File/createTempFile "yin" ".yin") .delete)]
    (try
      (with-open [d (yin/open (str file))]
        (let [a (yin/atom {:domain d :id "time"} 0)
              latencies (atom []) done (promise)]
          (with-open [_ (yin/watch a (fn [_ after]
                                       (if (neg? after)
                                         (deliver done true)
                                         (swap! latencies conj (- (System/nanoTime) (long after))))))]
            (let [process (-> (ProcessBuilder. ^java.util.List (map str [writer file (+ warm counted) pause-us]))
                              .inheritIO .start)]
              (when-not (zero? (.waitFor process)) (throw (ex-info "the writer failed" {})))
              @done))
          (quantiles @latencies)))
      (finally (.delete file)))))

(let [[writer] *command-line-args*
      peer (handed-over)
      row (fn [what {:keys [p50 p99]}]
            (println (format "%-40s p50 %6.1f  p99 %6.1f  %6.2fx" what p50 p99 (/ p50 (:p50 peer)))))]
  (row "handing over within the JVM" peer)
  (row "a commit of this process to a watch" (within-the-process))
  (when writer (row "a commit of a C process to a watch" (from-another-process writer))))
(shutdown-agents)
(System/exit 0)
