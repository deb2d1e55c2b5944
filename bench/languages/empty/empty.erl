-module(empty).
-export([main/1]).

main(_) -> halt(0).
