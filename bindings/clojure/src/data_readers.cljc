#?(:clj {yin/bytes yin.core/read-bytes
         yin/queue yin.core/read-queue}
   :default {})
