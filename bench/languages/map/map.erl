-module(map).
-export([main/1]).

key_of(I) -> I * 2654435761 rem 4294967296.

fill(I, N, Map) when I < N -> fill(I + 1, N, Map#{key_of(I) => I});
fill(_, _, Map) -> Map.

sum(I, N, Map, Sum) when I < N -> sum(I + 1, N, Map, Sum + maps:get(key_of(I), Map));
sum(_, _, _, Sum) -> Sum.

main([Text]) ->
    N = list_to_integer(Text),
    io:format("~w~n", [sum(0, N, fill(0, N, #{}), 0)]),
    halt(0).
