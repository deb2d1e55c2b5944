-module(sort).
-export([main/1]).

numbers(0, _, Out) -> lists:reverse(Out);
numbers(N, X, Out) ->
    Next = X * 16807 rem 2147483647,
    numbers(N - 1, Next, [Next | Out]).

sum([X | Rest], I, Sum) -> sum(Rest, I + 1, Sum + I rem 3 * X);
sum([], _, Sum) -> Sum.

main([N]) -> io:format("~w~n", [sum(lists:sort(numbers(list_to_integer(N), 42, [])), 0, 0)]), halt(0).
