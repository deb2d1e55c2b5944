-module(deep).
-export([main/1]).

sum_to(0) -> 0;
sum_to(N) -> N + sum_to(N - 1).

main([N]) -> io:format("~w~n", [sum_to(list_to_integer(N))]), halt(0).
