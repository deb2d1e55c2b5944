-module(json).
-export([main/1]).

record(I) ->
    Text = integer_to_list(I),
    ["{\"id\": ", Text, ", \"name\": \"item \\\"", Text, "\\\"\", \"values\": [", Text, ", ",
     integer_to_list(I div 2), ".5, -3], \"on\": true, \"none\": null}"].

% Each gives what was read and what is behind it.
skip_space(<<$\s, Rest/binary>>) -> skip_space(Rest);
skip_space(Text) -> Text.

digits(<<C, Rest/binary>>, Value, Scale) when C >= $0, C =< $9 -> digits(Rest, Value * 10 + C - $0, Scale * 10);
digits(Text, Value, Scale) -> {Value, Scale, Text}.

parse_number(<<$-, Rest/binary>>) ->
    {Value, Behind} = parse_number(Rest),
    {-Value, Behind};
parse_number(Text) ->
    case digits(Text, 0, 1) of
        {Value, _, <<$., Rest/binary>>} ->
            {Fraction, Scale, Behind} = digits(Rest, 0, 1),
            {Value + Fraction / Scale, Behind};
        {Value, _, Behind} -> {Value, Behind}
    end.

parse_string(<<$", Rest/binary>>, Out) -> {list_to_binary(lists:reverse(Out)), Rest};
parse_string(<<$\\, C, Rest/binary>>, Out) -> parse_string(Rest, [C | Out]);
parse_string(<<C, Rest/binary>>, Out) -> parse_string(Rest, [C | Out]).

skip_comma(Text) ->
    case skip_space(Text) of
        <<$,, Rest/binary>> -> skip_space(Rest);
        Behind -> Behind
    end.

parse_array(<<$], Rest/binary>>, Out) -> {lists:reverse(Out), Rest};
parse_array(Text, Out) ->
    {Value, Behind} = parse_value(Text),
    parse_array(skip_comma(Behind), [Value | Out]).

parse_object(<<$}, Rest/binary>>, Out) -> {Out, Rest};
parse_object(<<$", Rest/binary>>, Out) ->
    {Key, Behind} = parse_string(Rest, []),
    <<$:, Text/binary>> = skip_space(Behind),
    {Value, Last} = parse_value(Text),
    parse_object(skip_comma(Last), Out#{Key => Value}).

parse_value(Text) ->
    case skip_space(Text) of
        <<${, Rest/binary>> -> parse_object(skip_space(Rest), #{});
        <<$[, Rest/binary>> -> parse_array(skip_space(Rest), []);
        <<$", Rest/binary>> -> parse_string(Rest, []);
        <<"true", Rest/binary>> -> {true, Rest};
        <<"false", Rest/binary>> -> {false, Rest};
        <<"null", Rest/binary>> -> {null, Rest};
        Behind -> parse_number(Behind)
    end.

weight(Value) when is_number(Value) -> 2 * Value;
weight(Value) when is_binary(Value) -> byte_size(Value);
weight(Value) when is_map(Value) ->
    maps:fold(fun(Key, Item, Sum) -> Sum + byte_size(Key) + weight(Item) end, 0, Value);
weight(Value) when is_list(Value) -> lists:foldl(fun(Item, Sum) -> Sum + weight(Item) end, 0, Value);
weight(true) -> 1;
weight(_) -> 0.

main([N]) ->
    Records = lists:join(", ", [record(I) || I <- lists:seq(0, list_to_integer(N) - 1)]),
    Text = iolist_to_binary(["[", Records, "]"]),
    {Value, _} = parse_value(Text),
    io:format("~w ~w~n", [byte_size(Text), trunc(weight(Value))]),
    halt(0).
