(ns yin.core
  "Clojure's values and atoms in memory that threads and processes share, and that outlives them.

  (require '[yin.core :as yin])
  (def domain  (yin/open \"my.yin\"))
  (def counter (yin/atom {:domain domain :id ::counter} 0))
  (swap! counter inc)                        ; by every process that has my.yin open, exactly

  A *domain* is a file (or shared memory, or memory of this process) that any number of processes map. What
  an atom of it holds is immutable and stands there: deref gives a *view*, which reads in place and is a
  Clojure collection in every respect. A view stays good for as long as you hold it, whatever is swapped
  meanwhile; assoc and its kin on a view make a new value in the domain, which shares what did not
  change.

  Errors are ex-infos with :yin/error in their data: :closed, :not-found, :resource-exhausted (nothing is lost),
  :wrong-type (a value that a domain cannot hold; nothing is stored), :data-loss, :unimplemented (a domain of
  another format) and so on, as yin.h has them."
  (:refer-clojure :exclude [atom flush read-string])
  (:require [clojure.core.protocols :as protocols]
            [clojure.java.io :as io])
  (:import (java.io Closeable Writer)
           (java.util Base64)
           (yin Agent Atom Cursor Domain Native Opaque QueueView Server Snapshot Stream Transaction View Watch)))

(set! *warn-on-reflection* true)

;; ---- domains ------------------------------------------------------------------------------------

(def ^:private modes {:create-or-join 0, :create 1, :join 2, :read-only 3})

(defn- invalid [message data]
  (throw (ex-info message (assoc data :yin/error :invalid-argument))))

(defn- durability-number [d]
  (case d
    nil -1
    :none 0
    :commit -2
    (if (pos-int? d)
      d
      (invalid (str ":durability is :none, :commit or milliseconds, not " (pr-str d)) {:durability d}))))

(defn open
  "Opens the domain at `path`, made if need be: a file, \"shm:NAME\", or \"\" for memory of this process.
  Close it with `close` or with-open. Options:

    :mode        :create-or-join (default), :create, :join, :read-only (a domain at rest)
    :capacity    bytes, of a new domain
    :durability  when commits reach the disk: :none (by `flush` only), :commit, or milliseconds apart;
                 kept in the domain
    :keeper      false: no thread of ours collects; somebody else has to"
  (^Domain [path] (open path nil))
  (^Domain [path {:keys [mode capacity durability keeper] :or {mode :create-or-join, keeper true}}]
   (let [number (or (modes mode)
                    (invalid (str ":mode is one of " (sort (keys modes)) ", not " (pr-str mode)) {:mode mode}))]
     (when-not (or (nil? capacity) (pos-int? capacity))
       (invalid (str ":capacity is in bytes, not " (pr-str capacity)) {:capacity capacity}))
     (Domain. (str path) number (or capacity 0) (durability-number durability) (boolean keeper)))))

(defn close
  "Closes a domain, watch, snapshot or server. Once more is once. What was read from a closed domain says :closed."
  [^Closeable x]
  (.close x))

(defn closed? [^Domain domain] (.isClosed domain))

(defn domain? [x] (instance? Domain x))

(def ^:dynamic *domain*
  "The domain that `domain` gives without a path, or nil: the default one."
  nil)

(defonce ^:private shared (clojure.core/atom {}))

(defn- canonical [path]
  (if (or (= path "") (.startsWith ^String path "shm:"))
    path
    (.getCanonicalPath (io/file path))))

(defn- shared-domain [path]
  (let [key (canonical path)]
    (locking shared
      (let [known (get @shared key)]
        (if (and known (not (closed? known)))
          known
          (let [opened (open path)]
            (swap! shared assoc key opened)
            opened))))))

(defn- default-path []
  (or (System/getenv "YIN_DOMAIN")
      (let [file (io/file "yin" "default.yin")]
        (io/make-parents file)
        (str file))))

(defn domain
  "The domain at `path` that this process shares: opened at the first call, found again by later ones, however
  the path is written. Without a path *domain*, or the one that the environment's YIN_DOMAIN names, or
  ./yin/default.yin. Given a domain, that one."
  (^Domain [] (or *domain* (shared-domain (default-path))))
  (^Domain [path]
   (cond
     (domain? path) path
     (true? path) (domain)
     (or (string? path) (instance? java.io.File path)) (shared-domain (str path))
     :else (invalid (str "a domain is a path or true, not " (pr-str path)) {:path path}))))

(defn flush
  "Waits until all that was committed before is on the disk. After `timeout-ms` throws :timeout: it is visible all
  the same."
  ([^Domain domain] (flush domain 60000))
  ([^Domain domain timeout-ms] (.flush domain (int timeout-ms)) nil))

(defn stat
  "What the domain takes: a map of numbers."
  [^Domain domain]
  (zipmap [:capacity-bytes :committed-bytes :live-bytes :collections :holds :slots :workers]
          (.stat domain)))

(defn verify
  "Walks all of the domain: true, or throws :data-loss with the first finding."
  [^Domain domain]
  (.verify domain)
  true)

(defn collect
  "What the keeper does, once, for who opened with {:keeper false}: was there something to do?"
  [^Domain domain]
  (.collect domain))

(defn remove-domain
  "Takes the name of a domain away; who has it open goes on."
  [path]
  (Native/remove (.getBytes (str path) "UTF-8")))

;; ---- atoms --------------------------------------------------------------------------------------

(defn- atom-name [id]
  (cond
    (keyword? id) (subs (str id) 1)
    (string? id) id
    :else (invalid (str "an atom's name is a keyword or a string, not " (pr-str id)) {:id id})))

(def ^:private process-domain (delay (open "")))

(defn- atom-domain ^Domain [{:keys [persistent] given :domain}]
  (cond
    given (domain given)
    persistent (domain persistent)
    :else @process-domain))

(defn atom
  "The atom called `id`, made with `value` if it is not there; swap!, reset!, deref and all of clojure.core's
  verbs work on it.

    (atom value)           without a name, in this process's memory
    (atom ::id value)      with a name
    (atom options value)   :id          a keyword or string; none: an atom without a name
                           :persistent  a domain's path; true: the default domain (see `domain`)
                           :domain      an open domain
                           :meta, :validator  of this process, as clojure.core/atom has them
    (atom nil value)       without options

  One without a name stays in its domain until `delete!`."
  ([value] (atom nil value))
  ([options value]
   (cond
     (qualified-keyword? options) (atom {:id options} value)
     (or (nil? options) (map? options))
     (let [{:keys [id meta validator]} options
           a (.atom (atom-domain options) (when (some? id) (atom-name id)) value)]
       (when meta (reset-meta! a meta))
       (when validator (set-validator! a validator))
       a)
     :else (invalid (str "an atom is called by a qualified keyword or a map of options, not " (pr-str options))
                    {:options options}))))

(defn atom? [x] (instance? Atom x))

(defn find-name
  "The atom or stream with this name, or nil."
  [^Domain domain id]
  (.find domain (atom-name id)))

(defn atoms
  "A sorted map of all that has a name, by name."
  [^Domain domain]
  (let [found (volatile! (sorted-map))]
    (.eachAtom domain (fn [name root] (vswap! found assoc name root)))
    @found))

(defn rename!
  "Gives what is called `from` the name `to`."
  [^Domain domain from to]
  (.rename domain (atom-name from) (atom-name to)))

(defn delete!
  "Takes the atom or stream of this name away, or an atom or cursor without a name; who still uses it is told
  :not-found."
  ([^Domain domain id] (.delete domain (atom-name id)))
  ([root]
   (cond
     (instance? Atom root) (.delete ^Atom root)
     (instance? Cursor root) (.delete ^Cursor root)
     :else (invalid (str "no atom or cursor: " (pr-str root)) {}))))

(defn snapshot
  "Every atom of the domain as it was at one instant: ((snapshot domain) atom). Close it when it is not needed."
  ^Snapshot [^Domain domain]
  (.snapshot domain))

(defmacro transact
  "Runs body; what it does with @, swap!, reset! and compare-and-set! to atoms of one domain (64 at most) happens
  at one instant, or not at all when it throws. It sees the atoms as they were at one instant, and runs again
  when somebody changed one of them meanwhile: no side effects. Watches are called when it is done."
  [& body]
  `(Transaction/run (fn [] ~@body)))

(defn watch
  "Calls (f before after) when the atom, stream or agent changes, whatever process changed it, on a thread of the
  domain: it should be quick. `after` is :yin/deleted when it was deleted. With {:every true} each change is
  told, and none left out; else from what was told last to what is now. Close the watch to end it.
  (add-watch, as on any atom, tells of swaps by this process only, on the thread that swaps.)"
  (^Watch [root f] (watch root f nil))
  (^Watch [root f {:keys [every]}] (Watch/start root (boolean every) f)))

;; ---- values -------------------------------------------------------------------------------------

(defn view? [x] (instance? View x))

(defn store
  "The value as a view of the domain, in no atom yet. Views of the domain are as they are."
  [^Domain domain value]
  (.store domain value))

(defn alone
  "The view itself, now kept apart from what it was found in. That happens by itself, too, some time after nobody
  has the whole any more, and the JVM has collected it."
  [view]
  (when (view? view) (Domain/alone view))
  view)

(defn copy
  "The value as Clojure's own collections, all the way down: for use when the domain is closed, too."
  [x]
  (let [like (fn [empty-one items] (with-meta (into empty-one items) (copy (meta x))))
        order #(.comparator ^clojure.lang.Sorted %)
        pairs #(map (fn [[k v]] [(copy k) (copy v)]) %)]
    (cond
      (or (nil? x) (record? x)) x
      (map? x) (like (if (sorted? x) (sorted-map-by (order x)) {}) (pairs x))
      (set? x) (like (if (sorted? x) (sorted-set-by (order x)) #{}) (map copy x))
      (vector? x) (like [] (map copy x))
      (or (instance? QueueView x) (instance? clojure.lang.PersistentQueue x))
      (like clojure.lang.PersistentQueue/EMPTY (map copy x))
      (seq? x) (with-meta (apply list (map copy x)) (copy (meta x)))
      (tagged-literal? x) (tagged-literal (:tag x) (copy (:form x)))
      :else x)))

(defn read-string
  "EDN, read into the domain."
  [^Domain domain text]
  (.read domain text))

(defn int-map
  "A map of the domain from integers to values, in the order of the keys."
  [^Domain domain & keyvals]
  (into (.emptyIntMap domain) (map vec) (partition 2 keyvals)))

;; ---- agents and streams -------------------------------------------------------------------------

(defn spawn
  "Reads an agent's program and makes the agent, which runs where somebody serves. Options: :name, and :file for
  errors."
  (^Agent [domain program] (spawn domain program nil))
  (^Agent [^Domain domain program {:keys [name file]}]
   (.spawn domain program (or file "spawn") (when name (atom-name name)))))

(defn look
  "{:state :ready, :waiting, :parked or :failed, :value what it is parked with, or its error} of an agent. One that is
  done is gone: :not-found."
  [^Agent agent]
  (.look agent))

(defn resume!
  "Goes on with a parked agent: `value` is what its park gives."
  [^Agent agent value]
  (.resume agent value))

(defn serve
  "Runs agents of the domain in threads of this process, until the server is closed. What was in the middle of a step
  then did not happen."
  (^Closeable [domain] (serve domain 1))
  (^Closeable [^Domain domain threads] (.serve domain (int threads))))

(defn stream
  "A log that is appended to. Options: :name, by which it is found again; :capacity, how many items it takes until
  readers have passed them (any number)."
  (^Stream [domain] (stream domain nil))
  (^Stream [^Domain domain {:keys [name capacity]}]
   (.stream domain (when name (atom-name name)) (or capacity 0))))

(defn put!
  "Appends to a stream. While it is full waits, at most `timeout-ms`: false if it is full still. Throws :end when it is
  closed."
  ([stream item] (put! stream item -1))
  ([^Stream stream item timeout-ms] (.put stream item timeout-ms)))

(defn close!
  "Nothing comes after what is in the stream."
  [^Stream stream]
  (.close stream))

(defn cursor
  "A reader's position in a stream, from the first item that is kept. Who shares it shares the items."
  ^Cursor [^Stream stream]
  (.cursor stream))

(defn next!
  "The next item; ::end when the stream was closed and is read. Waits for one, at most `timeout-ms`, then gives
  `late` (nil)."
  ([cursor] (next! cursor -1 nil))
  ([cursor timeout-ms] (next! cursor timeout-ms nil))
  ([^Cursor cursor timeout-ms late] (.next cursor timeout-ms late ::end)))

;; ---- printing, reading, browsing ----------------------------------------------------------------

(defn- print-object [x ^Writer w]
  (.write w (str x)))

(doseq [type [Domain Snapshot Stream Cursor Agent Opaque Server]]
  (defmethod print-method type [x w] (print-object x w)))
(prefer-method print-method Snapshot clojure.lang.IFn)

(defmethod print-method QueueView [q w]
  (.write ^Writer w "#yin/queue ")
  (print-method (or (seq q) ()) w))

;; print-dup would name a constructor of ours: what is read back is Clojure's own.
(defmethod print-dup QueueView [q w] (print-method q w))
(prefer-method print-dup View clojure.lang.IPersistentCollection)
(prefer-method print-dup View java.util.Collection)
(prefer-method print-dup View java.util.Map)
(prefer-method print-dup View clojure.lang.IPersistentMap)
(prefer-method print-dup View clojure.lang.IPersistentList)
(prefer-method print-dup View clojure.lang.ISeq)
(prefer-method print-dup View java.util.List)
(prefer-method print-dup View clojure.lang.IFn)
(prefer-method print-dup View clojure.lang.Fn)
(defmethod print-dup View [x w] (print-dup (copy x) w))

(defn read-bytes
  "Reads #yin/bytes \"base64\"."
  [^String text]
  (.decode (Base64/getDecoder) text))

(defn read-queue
  "Reads #yin/queue (1 2)."
  [items]
  (into clojure.lang.PersistentQueue/EMPTY items))

(extend-protocol protocols/Datafiable
  Domain
  (datafy [d] (with-meta {:path (.path d), :closed (closed? d), :stat (when-not (closed? d) (stat d))
                          :atoms (when-not (closed? d) (atoms d))}
                {`protocols/nav (fn [_ _ v] v)}))
  Atom
  (datafy [a] {:value @a, :domain (.path (.domain a)), :watches (keys (.getWatches a)), :meta (meta a)}))
