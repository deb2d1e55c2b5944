;; From a commit to the function of a watch: how long? Of this process, and of another one's commit when
;; given DOMAIN and ATOM whose value is the time of the commit in ns (CLOCK_MONOTONIC, as System/nanoTime).
(require '[yin.core :as yin])
(import '(java.util.concurrent SynchronousQueue))

(let [d (yin/open "")
      a (yin/atom {:domain d} 0)
      told (SynchronousQueue.)
      w (yin/watch a (fn [_ after] (.put told (- (System/nanoTime) (long after)))))
      once (fn [] (java.util.concurrent.locks.LockSupport/parkNanos 200000)  ; the watcher waits again
             (reset! a (System/nanoTime))
             (.take told))
      _ (dotimes [_ 2000] (once))
      all (sort (repeatedly 5000 once))
      at (fn [p] (/ (nth all (long (* p (count all)))) 1000.0))
      peer (java.util.concurrent.SynchronousQueue.)
      thread (doto (Thread. (fn [] (while true (let [t (long (.take peer))] (.put told (- (System/nanoTime) t))))))
               (.setDaemon true) (.start))
      handed (fn [] (java.util.concurrent.locks.LockSupport/parkNanos 200000)
               (.put peer (System/nanoTime))
               (.take told))
      _ (yin/close w)
      _ (dotimes [_ 2000] (handed))
      peers (sort (repeatedly 5000 handed))
      peer-at (fn [p] (/ (nth peers (long (* p (count peers)))) 1000.0))]
  (println (format "commit to watch, us: p50 %.1f  p99 %.1f   handing over within the JVM: p50 %.1f  p99 %.1f   ratio %.2fx"
                   (at 0.5) (at 0.99) (peer-at 0.5) (peer-at 0.99) (/ (at 0.5) (peer-at 0.5))))
  (yin/close d))
(shutdown-agents)
