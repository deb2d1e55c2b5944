;; The part of the namespace pod.yin that runs in the client: bb, or Clojure with babashka.pods.
;; `yin pod` sends each form below as the code of a var. They stand on its calls, which are vars
;; with a star (deref*), and use nothing but clojure.core, whose names some of them take.

(defn- ask
  "Calls a var of the pod. What the user has set for printing must not cut its arguments off."
  [f & args]
  (binding [*print-length* nil
            *print-level* nil
            *print-meta* false
            *print-namespace-maps* false
            *print-readably* true]
    (apply f args)))

(defn open
  "Opens the domain at path (a file's, or shm:NAME), made if need be. Options: :mode
  (:create-or-join, :create, :join, :read-only), :capacity of a new one in bytes, :durability (:none,
  :commit, or milliseconds between checkpoints)."
  ([path] (open path nil))
  ([path options] (ask open* path options)))

(defn close
  "Leaves a domain. Its watches end; what was committed stays."
  [domain]
  (ask close* (:domain domain)))

(defn flush
  "Waits until all that was committed is on the disk."
  [domain]
  (ask flush* (:domain domain)))

(defn stat
  "Sizes and counts of a domain."
  [domain]
  (ask stat* (:domain domain)))

(defn atom
  "The atom of that name in a domain, made with the value if it is not there."
  ([domain name] (atom domain name nil))
  ([domain name value] (ask atom* (:domain domain) name value)))

(defn find-atom
  "The atom of that name in a domain, or nil."
  [domain name]
  (ask find-atom* (:domain domain) name))

(defn atoms
  "The names of all atoms in a domain, sorted."
  [domain]
  (ask atoms* (:domain domain)))

(defn rename-atom
  "Gives an atom another name."
  [domain from to]
  (ask rename-atom* (:domain domain) from to))

(defn delete-atom
  "Takes an atom and its name away."
  [domain name]
  (ask delete-atom* (:domain domain) name))

(defn deref
  "The value of an atom."
  [a]
  (ask deref* (:domain a) (:atom a)))

(defn reset!
  "Sets an atom; gives the value."
  [a value]
  (ask reset!* (:domain a) (:atom a) value)
  value)

(defn compare-and-set!
  "Sets an atom to new if it holds a value equal to old. Did it?"
  [a old new]
  (ask compare-and-set!* (:domain a) (:atom a) old new))

(defn- transact-in
  [domain as f]
  (loop [[reading values] (ask begin* domain as)]
    (let [state (volatile! :calling)
          nexts (try
                  (let [nexts (vec (f values))]
                    (vreset! state :called)
                    nexts)
                  (finally (when (= :calling (clojure.core/deref state))
                             (ask forget* domain reading))))
          again (ask commit* domain reading as nexts)]
      (if again (recur again) nexts))))

(defn transact
  "Sets several atoms of one domain at one instant: (f values) gives their new values, as many and
  in the same order. It may run several times, so it must have no side effects. Gives the new values."
  [as f]
  (let [domains (distinct (map :domain as))]
    (when (not= 1 (count domains))
      (throw (ex-info "transact takes atoms, all of one domain" {:type :yin/invalid-argument})))
    (transact-in (first domains) (mapv :atom as) f)))

(defn swap!
  "Sets an atom to (f value args...); gives that. f is a function, which runs here and may run
  several times: no side effects. Or it is the quoted name of an operation, which the pod runs in one
  call: inc dec + - * max min not assoc assoc-in update update-in dissoc merge conj disj pop, or
  (fnil operation default)."
  [a f & args]
  (if (or (symbol? f) (seq? f))
    (ask swap!* (:domain a) (:atom a) f (vec args))
    (first (transact-in (:domain a) [(:atom a)] (fn [[value]] [(apply f value args)])))))

(defn snapshot
  "The values of the atoms of a domain as they stood at one instant: of all, a map by name; or of
  those given, a vector."
  ([domain] (ask snapshot* (:domain domain) nil))
  ([domain as] (ask snapshot* (:domain domain) (mapv :atom as))))

(defn watch
  "Calls (f before after) for each change of an atom from now on, in order, on a thread of its own.
  Options: :latest true (may pass over changes that others follow at once), :on-end (called without
  arguments when the watch has ended: by unwatch, close, or because the atom was deleted). Gives the
  watch."
  ([a f] (watch a f nil))
  ([a f options]
   (let [started (promise)
         report (fn [e] (binding [*out* *err*] (println "watch:" (or (ex-message e) e))))
         told (agent nil :error-mode :continue :error-handler (fn [_ e] (report e)))
         tell (fn [g & args] (send-off told (fn [_] (apply g args) nil)))]
     (babashka.pods/invoke
      "pod.yin" 'pod.yin/watch*
      [(:domain a) (:atom a) (if (:latest options) :latest :every)]
      {:handlers {:success (fn [event]
                             (cond
                               (:watch event) (deliver started event)
                               (:deleted event) nil
                               :else (tell f (:before event) (:after event))))
                  :error (fn [error]
                           (when-not (deliver started error)
                             (tell report (:ex-message error))))
                  :done (fn [] (when-let [g (:on-end options)] (tell g)))}})
     (let [first-event (clojure.core/deref started)]
       (if (:watch first-event)
         {:domain (:domain a) :watch (:watch first-event)}
         (throw (ex-info (:ex-message first-event) (:ex-data first-event))))))))

(defn unwatch
  "Ends a watch. Was it going on?"
  [w]
  (ask unwatch* (:domain w) (:watch w)))
