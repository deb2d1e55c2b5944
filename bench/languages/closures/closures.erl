-module(closures).
-export([main/1]).

adder(K) -> fun(X) -> X + K end.

loop(I, N, Sum) when I < N -> loop(I + 1, N, (adder(I))(Sum));
loop(_, _, Sum) -> Sum.

main([N]) -> io:format("~w~n", [loop(0, list_to_integer(N), 0)]), halt(0).
