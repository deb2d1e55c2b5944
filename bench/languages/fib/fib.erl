-module(fib).
-export([main/1]).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

main([N]) -> io:format("~w~n", [fib(list_to_integer(N))]), halt(0).
