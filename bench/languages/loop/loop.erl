-module(loop).
-export([main/1]).

loop(I, N, Sum) when I < N -> loop(I + 1, N, Sum + I);
loop(_, _, Sum) -> Sum.

main([N]) -> io:format("~w~n", [loop(0, list_to_integer(N), 0)]), halt(0).
