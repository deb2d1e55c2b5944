-module(queens).
-export([main/1]).

safe(_, [], _) -> true;
safe(Column, [Other | _], Distance)
  when Other =:= Column; Other =:= Column + Distance; Other =:= Column - Distance -> false;
safe(Column, [_ | Placed], Distance) -> safe(Column, Placed, Distance + 1).

extend(_, 8, Out) -> Out;
extend(Way, Column, Out) ->
    case safe(Column, Way, 1) of
        true -> extend(Way, Column + 1, [[Column | Way] | Out]);
        false -> extend(Way, Column + 1, Out)
    end.

extend_all([], Out) -> Out;
extend_all([Way | Ways], Out) -> extend_all(Ways, extend(Way, 0, Out)).

queens(8, Ways) -> Ways;
queens(Row, Ways) -> queens(Row + 1, extend_all(Ways, [])).

run(0, Found) -> Found;
run(N, Found) -> run(N - 1, Found + length(queens(0, [[]]))).

main([N]) -> io:format("~w~n", [run(list_to_integer(N), 0)]), halt(0).
