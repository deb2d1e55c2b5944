;; What a user of the pod runs: pod_client.clj in a real Clojure, over a client of the protocol that
;; does with vars and code what babashka.pods does (https://github.com/babashka/pods).
;;
;;   java -cp clojure.jar:spec.alpha.jar clojure.main pod_client_test.clj YIN GUIDE
;;
;; Runs the forms of the guide and compares what they give with what stands behind ;=>, then cases of
;; its own. The last line counts.

(ns babashka.pods
  (:require [clojure.edn :as edn] [clojure.string :as str])
  (:import [java.io BufferedOutputStream ByteArrayOutputStream PushbackInputStream]))

(def yin-command (first *command-line-args*))
(def state (atom {}))

(defn- write-bencode [^java.io.OutputStream out x]
  (cond
    (string? x) (let [b (.getBytes ^String x "UTF-8")]
                  (.write out (.getBytes (str (alength b) ":")))
                  (.write out b))
    (map? x) (do (.write out (int \d))
                 (doseq [[k v] (sort x)] (write-bencode out k) (write-bencode out v))
                 (.write out (int \e)))))

(defn- read-until [^PushbackInputStream in end]
  (loop [text ""]
    (let [c (.read in)]
      (cond (neg? c) (throw (java.io.EOFException.))
            (= c (int end)) text
            :else (recur (str text (char c)))))))

(defn- read-bencode [^PushbackInputStream in]
  (let [c (.read in)]
    (case (char (if (neg? c) 0 c))
      \i (Long/parseLong (read-until in \e))
      (\l \d) (let [items (loop [items []]
                            (let [c (.read in)]
                              (if (= c (int \e))
                                items
                                (do (.unread in c) (recur (conj items (read-bencode in)))))))]
                (if (= (char c) \l) items (apply hash-map items)))
      \u0000 (throw (java.io.EOFException.))
      (do (.unread in c)
          (let [bytes (byte-array (Long/parseLong (read-until in \:)))]
            (.readNBytes in bytes 0 (alength bytes))
            (String. bytes "UTF-8"))))))

(defn send-message [message]
  (let [{:keys [^java.io.OutputStream out]} @state]
    (locking out (write-bencode out message) (.flush out))))

(defn invoke [_pod sym args opts]
  (let [id (str (random-uuid))
        waiting (or (:handlers opts) (promise))]
    (swap! state assoc-in [:calls id] waiting)
    (send-message {"op" "invoke" "id" id "var" (str sym) "args" (pr-str args)})
    (when-not (:handlers opts)
      (let [result @waiting]
        (if (instance? Throwable result) (throw result) result)))))

(defn- take-answers [in readers]
  (try
    (while true
      (let [reply (read-bencode in)
            id (reply "id")
            call (get-in @state [:calls id])
            status (set (reply "status"))
            read-edn #(edn/read-string {:readers readers} %)]
        (if (status "error")
          (let [message (reply "ex-message") data (read-edn (reply "ex-data"))]
            (if (map? call)
              ((:error call) {:ex-message message :ex-data data})
              (deliver call (ex-info message data))))
          (when-let [text (reply "value")]
            (if (map? call) ((:success call) (read-edn text)) (deliver call (read-edn text)))))
        (when (status "done")
          (swap! state update :calls dissoc id)
          (when (and (map? call) (:done call) (not (status "error"))) ((:done call))))))
    (catch java.io.EOFException _ nil)))

(defn load-pod [_command]
  (let [builder (doto (ProcessBuilder. [yin-command "pod"])
                  (.redirectError java.lang.ProcessBuilder$Redirect/INHERIT))
        _ (.put (.environment builder) "BABASHKA_POD" "true")
        process (.start builder)
        in (PushbackInputStream. (.getInputStream process))]
    (swap! state assoc :process process :out (BufferedOutputStream. (.getOutputStream process)))
    (send-message {"op" "describe" "id" "0"})
    (let [{:strs [namespaces readers format]} (read-bencode in)
          var-of (fn [text]
                   (let [sym (symbol text)]
                     (intern (create-ns (symbol (namespace sym))) (symbol (name sym)))))]
      (assert (= format "edn"))
      (doto (Thread. #(take-answers in (into {} (for [[tag f] readers] [(symbol tag) (var-of f)]))))
        (.setDaemon true)
        (.start))
      (doseq [{:strs [name vars]} namespaces]
        (binding [*ns* (load-string (str "(ns " name ") *ns*"))]
          (doseq [{var-name "name" code "code" metadata "meta"} vars
                  :let [sym (symbol var-name)]]
            (when (= 'clojure.core (some-> (ns-resolve *ns* sym) meta :ns ns-name))
              (ns-unmap *ns* sym))
            (if code
              (load-string code)
              (intern *ns* (with-meta sym (some-> metadata edn/read-string))
                      (fn [& args]
                        (invoke name (symbol name var-name) args {}))))))))))

(ns pod-client-test
  (:require [babashka.pods :as pods] [clojure.string :as str])
  (:import [java.io PushbackReader StringReader]))

(def counts (atom {:passed 0 :failed 0}))

(defn check [what expected found]
  (if (= expected found)
    (swap! counts update :passed inc)
    (do (swap! counts update :failed inc)
        (println "FAILED" what "\n  expected" (pr-str expected) "\n  found   " (pr-str found)))))

(defn run-forms
  "Runs the forms of a text in this namespace; a line's `;=> value` is of the form before it."
  [text]
  (let [reader (PushbackReader. (StringReader. (str/replace text ";=>" "#expected")))
        forms (take-while #(not= ::end %)
                          (repeatedly #(read {:eof ::end :read-cond :allow} reader)))]
    (binding [*ns* (the-ns 'pod-client-test)]
      (loop [[form & more] forms]
        (when form
          (let [found (eval form)]
            (if (and (tagged-literal? (first more)) (= 'expected (:tag (first more))))
              (do (check form (eval (list 'quote (:form (first more)))) found)
                  (recur (rest more)))
              (recur more))))))))

(def guide (second *command-line-args*))

(binding [*default-data-reader-fn* tagged-literal]
  (doseq [[_ block] (re-seq #"(?s)```clojure\n(.*?)```" (slurp guide))]
    (run-forms block)))

(binding [*ns* (the-ns 'pod-client-test)]
  (load-string "
(def domain (yin/open \"my.yin\"))
(def shared (yin/atom domain \"shared\" 0))

;; Threads of one client, each with a function of its own.
(let [threads (doall (repeatedly 4 #(future (dotimes [_ 200] (yin/swap! shared inc)))))]
  (run! clojure.core/deref threads)
  (check 'threads 800 (yin/deref shared)))

;; A function that throws leaves nothing behind.
(check 'throws \"no\" (try (yin/swap! shared (fn [_] (throw (ex-info \"no\" {}))))
                         (catch Exception e (ex-message e))))
(check 'unchanged 800 (yin/deref shared))
(check 'bad-operation :yin/invalid-argument
       (try (yin/swap! shared 'frobnicate) (catch Exception e (:type (ex-data e)))))

;; How the user prints must not cut off what is sent, nor change it.
(def many (yin/atom domain \"many\" nil))
(binding [*print-length* 3 *print-level* 1 *print-namespace-maps* true *print-meta* true]
  (yin/reset! many [1 2 3 4 [5 [6 {:a/b ^{:m 1} [1]}]]]))
(check 'printed [1 2 3 4 [5 [6 {:a/b [1]}]]] (yin/deref many))
(check 'bytes (tagged-literal 'yin/bytes \"AAEC\")
       (yin/reset! many (tagged-literal 'yin/bytes \"AAEC\")))
(check 'bytes (tagged-literal 'yin/bytes \"AAEC\") (yin/deref many))
(check 'nil nil (yin/reset! many nil))
(check 'false false (yin/swap! many (constantly false)))

;; A watch may use the pod, and is told when it ends.
(def told (promise))
(def ended (promise))
(def w (yin/watch shared (fn [_ after] (yin/reset! many [:saw after]) (deliver told true))
                  {:latest true :on-end #(deliver ended true)}))
(yin/swap! shared 'inc)
(check 'told true (clojure.core/deref told 30000 :late))
(check 'from-a-watch [:saw 801] (yin/deref many))
(yin/delete-atom domain \"shared\")
(check 'ended true (clojure.core/deref ended 30000 :late))
(check 'late-watch :yin/not-found
       (try (yin/watch shared (fn [_ _])) (catch Exception e (:type (ex-data e)))))

(check 'other-domain :yin/invalid-argument
       (let [b (yin/open \"\")]
         (try (yin/transact [many (yin/atom b \"x\" 1)] identity)
              (catch Exception e (:type (ex-data e))))))
"))

(pods/send-message {"op" "shutdown" "id" "end"})
(check 'exit 0 (.waitFor ^Process (:process @pods/state)))
(let [{:keys [passed failed]} @counts]
  (if (zero? failed)
    (println (str "All tests passed (" passed " assertions in 1 test case)"))
    (println (str "test cases: 1 | 0 passed | 1 failed\nassertions: " (+ passed failed))))
  (shutdown-agents)
  (System/exit (if (zero? failed) 0 1)))
