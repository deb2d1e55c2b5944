(ns yin.test-runner
  "clojure.main -m yin.test-runner NAMESPACE...: runs the tests of these namespaces. The exit code is 1 when one failed."
  (:require [clojure.test :as test]))

(defn -main [& names]
  (let [namespaces (map symbol names)]
    (apply require namespaces)
    (let [{:keys [test pass fail error]} (apply test/run-tests namespaces)]
      (println (str (if (zero? (+ fail error)) "All tests passed (" "Failed (")
                    pass " assertions in " test " test cases)"))
      (shutdown-agents)
      (System/exit (if (zero? (+ fail error)) 0 1)))))
