-module(merge).
-export([main/1]).

numbers(0, _, Out) -> Out;
numbers(N, X, Out) ->
    Next = X * 16807 rem 2147483647,
    numbers(N - 1, Next, [Next | Out]).

merge([], B, Out) -> lists:reverse(Out, B);
merge(A, [], Out) -> lists:reverse(Out, A);
merge([X | _] = A, [Y | B], Out) when Y < X -> merge(A, B, [Y | Out]);
merge([X | A], B, Out) -> merge(A, B, [X | Out]).

rest_behind(Items, 0) -> Items;
rest_behind([_ | Rest], N) -> rest_behind(Rest, N - 1).

merge_sort([X | _], 1) -> [X];
merge_sort(Items, N) ->
    Half = N div 2,
    merge(merge_sort(Items, Half), merge_sort(rest_behind(Items, Half), N - Half), []).

sum([X | Rest], I, Sum) -> sum(Rest, I + 1, Sum + I rem 3 * X);
sum([], _, Sum) -> Sum.

main([Text]) ->
    N = list_to_integer(Text),
    io:format("~w~n", [sum(merge_sort(numbers(N, 42, []), N), 0, 0)]),
    halt(0).
