-module(strings).
-export([main/1]).

main([Text]) ->
    Pieces = [integer_to_list(I rem 1000) || I <- lists:seq(0, list_to_integer(Text) - 1)],
    io:format("~w~n", [byte_size(iolist_to_binary(Pieces))]),
    halt(0).
