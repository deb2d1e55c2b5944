;; Counts the words of text files with agents that outlive their worker.
;;
;;   readers    one a file: put its lines, in blocks, on a bounded stream
;;   counters   share one cursor on that stream, and the atom "counts"
;;   reporter   prints the twenty most frequent words when the counters are done
;;
;;   yin run examples/wordcount.clj --processes 2 --grant file -- FILE...
;;
;; Every line below that touches the stream or an atom is one commit together with the agent that does it. Kill a worker
;; anywhere: the block it was counting is counted once.

(def counter-count 4)
(def blocks (stream {:capacity 32}))
(def work (cursor blocks))
(def finished (stream))
(def news (cursor finished))
(def counts (atom {} "counts"))
(def progress (atom [0 0] "progress"))

(defn read-file [path]
  (loop [at 0]
    (let [block (call :file/read-lines path at)]
      (if block
        (do (put! blocks {:lines (:lines block) :bytes (- (:next block) at)})
            (recur (:next block)))
        (put! finished path)))))

(defn count-block [block]
  (let [found (frequencies (mapcat words (:lines block)))]
    (swap! counts (fn [so-far] (merge-with + so-far found)))
    (swap! progress (fn [[done total]] [(+ done (:bytes block)) total]))))

(defn count-blocks []
  (loop []
    (let [block (next! work)]
      (if block
        (do (count-block block)
            (recur))
        (put! finished :counter)))))

(defn wait-for [n]
  (dotimes [_ n] (next! news)))

(defn report []
  (let [total (reduce + 0 (vals @counts))
        top (take 20 (sort-by (fn [[word n]] [(- n) word]) (seq @counts)))]
    (println (str total " words, " (count @counts) " different"))
    (doseq [[word n] top]
      (println (format "%8d  %s" n word)))))

(let [sizes (mapv (fn [path] (call :file/size path)) *args*)]
  (reset! progress [0 (reduce + 0 sizes)])
  (doseq [path *args*] (spawn read-file path))
  (dotimes [_ counter-count] (spawn count-blocks))
  (spawn (fn []
           (wait-for (count *args*))
           (close! blocks)
           (wait-for counter-count)
           (report))))
