;; A text adventure whose saved games are continuations.
;;
;;   yin run examples/adventure.clj --domain game.yin --grant console
;;
;; Nothing in the story says what belongs to a game. `save NAME` takes the continuation of the very call that read the
;; line: all that is left to do, with the places, the bags and the half-finished talk with the troll that wait in it. It
;; is a value; the atom "saves" keeps it in the domain by its name, and `load NAME` calls it. It may be called as often as
;; you like, each time to go another way, by this agent or by one of another day:
;;
;;   ^C, or kill -9                  yin resume game.yin goes on at the line you were asked for
;;   the story has ended             yin run ... again: the saved games are still there to be loaded
;;   yin get game.yin saves          what is kept; yin agents game.yin: where the story waits

(def lines (call :console/lines))               ; a cursor on the lines that are typed
(def saves (atom {} "saves"))

;; ------------------------------------------------------------------------------------------------ asking, saving
;; A line that is about the game and not in it is done here, wherever in the story it was asked for.

(defn save [name]
  (if (= (call/cc (fn [story] (swap! saves assoc name story) :saved)) :loaded)
    (println (str "You are back where you saved \"" name "\"."))
    (println (str "Saved as \"" name "\"."))))

(defn load-game [name]
  (if-let [story (get @saves name)]
    (story :loaded)
    (println (str "There is no game \"" name "\". There are: " (clojure.string/join ", " (sort (keys @saves)))))))

(defn next-line
  "What is typed next. Where one session's input ends, which is nil, it waits for the next session's."
  []
  (or (next! lines) (recur)))

(defn ask
  "The words of the next line that is for the story. `where` says what it is asked for."
  [where]
  (loop []
    (print (str where "> "))
    (let [[verb name :as command] (words (next-line))]
      (cond
        (nil? verb) (recur)
        (and (= verb "save") name) (do (save name) (recur))
        (and (= verb "load") name) (do (load-game name) (recur))
        :else command))))

;; ------------------------------------------------------------------------------------------------ the world

(def places
  {"garden" {:text "A garden gone wild. The house stands to the north." :ways {"north" "hall"}}
   "hall" {:text "A hall full of dust. There are doors to the south and east, and stairs down."
           :ways {"south" "garden" "east" "library" "down" "cellar"}}
   "library" {:text "Shelves up to the ceiling. The hall is to the west." :ways {"west" "hall"}}
   "cellar" {:text "A cellar. Stairs go up; a tunnel leads north, over a bridge." :ways {"up" "hall" "north" "bridge"}}
   "vault" {:text "A vault. The tunnel is to the south." :ways {"south" "cellar"}}})

(def new-game
  {:place "garden" :bag #{} :troll :awake
   :things {"garden" #{"apple"} "hall" #{} "library" #{"lamp" "book"} "cellar" #{} "vault" #{"crown"}}})

(defn listed [things] (if (empty? things) "nothing" (clojure.string/join ", " (sort things))))

(defn look [{:keys [place things bag] :as game}]
  (if (and (= place "cellar") (not (contains? bag "lamp")))
    (println "It is pitch dark.")
    (let [here (get things place)]
      (println (get-in places [place :text]))
      (when (seq here) (println "You see:" (listed here)))))
  game)

(defn take-thing [{:keys [place things bag] :as game} thing]
  (if (contains? (get things place) thing)
    (do (println (str "You take the " thing "."))
        (-> game
            (update-in [:things place] disj thing)
            (assoc :bag (conj bag thing))))
    (do (println "There is no such thing here.") game)))

(defn read-book [{:keys [bag] :as game}]
  (println (if (contains? bag "book")
             "\"What is it that you break when you name it? Silence.\""
             "You have nothing to read."))
  game)

;; ------------------------------------------------------------------------------------------------ the troll
;; A talk within the walk: a game that is saved here comes back here, with as many tries left.

(defn talk [game]
  (println "A troll bars the bridge. \"Tell me: what is it that you break when you name it?\"")
  (loop [tries 3]
    (let [[answer] (ask "The troll listens")]
      (cond
        (= answer "silence") (do (println "The troll sighs, and lets you pass.")
                                 (look (assoc game :place "vault" :troll :content)))
        (= tries 1) (do (println "\"Wrong, and wrong, and wrong.\" The troll throws you into the gorge.")
                        (assoc game :place :gorge))
        :else (do (println (str "\"No.\" He holds up " (dec tries) (if (= tries 2) " finger." " fingers.")))
                  (recur (dec tries)))))))

(defn go [{:keys [place bag troll] :as game} way]
  (let [to (get-in places [place :ways way])]
    (cond
      (nil? to) (do (println "There is no way there.") game)
      (and (= place "cellar") (= way "north") (not (contains? bag "lamp")))
      (do (println "You grope about in the dark, find nothing, and are glad to find the stairs again.") game)
      (and (= to "bridge") (= troll :awake)) (talk game)
      :else (look (assoc game :place (if (= to "bridge") "vault" to))))))

;; ------------------------------------------------------------------------------------------------ the story

(defn turn [game [verb what]]
  (case verb
    "look" (look game)
    "take" (take-thing game what)
    "read" (read-book game)
    "bag" (do (println "You carry:" (listed (:bag game))) game)
    ("north" "south" "east" "west" "up" "down") (go game verb)
    (do (println "You may: look, take THING, read, bag, north, south, east, west, up, down,")
        (println "save NAME, load NAME, quit.")
        game)))

(defn ending [{:keys [place bag]}]
  (cond
    (= place :gorge) "You are no more."
    (and (= place "garden") (contains? bag "crown")) "You stand in the sun, and wear a crown. The end."))

(defn play [game]
  (if-let [end (ending game)]
    (println end)
    (let [command (ask (str "In the " (:place game)))]
      (when (not= (first command) "quit")
        (recur (turn game command))))))

;; After the end a saved game may be loaded still: its continuation does what is left of the story from there, this too.
(play (look new-game))
(loop []
  (when (and (seq @saves) (not= (first (ask "It is over: load NAME, or quit")) "quit"))
    (recur)))
(println "Farewell.")
