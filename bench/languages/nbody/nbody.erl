-module(nbody).
-export([main/1]).

-define(SUN, (4 * 3.141592653589793 * 3.141592653589793)).
-define(YEAR, 365.24).

% {X, Y, Z, Vx, Vy, Vz, Mass}; the bodies are a list.
planet(X, Y, Z, Vx, Vy, Vz, Mass) -> {X, Y, Z, Vx * ?YEAR, Vy * ?YEAR, Vz * ?YEAR, Mass * ?SUN}.

planets() ->
    [planet(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1),
     planet(4.841431442464721, -1.1603200440274284, -0.10362204447112311,
            0.001660076642744037, 0.007699011184197404, -0.0000690460016972063, 0.0009547919384243266),
     planet(8.34336671824458, 4.124798564124305, -0.4035234171143214,
            -0.002767425107268624, 0.004998528012349172, 0.000023041729757376393, 0.0002858859806661308),
     planet(12.894369562139131, -15.111151401698631, -0.22330757889265573,
            0.002964601375647616, 0.0023784717395948095, -0.000029658956854023756, 0.00004366244043351563),
     planet(15.379697114850917, -25.919314609987964, 0.17925877295037118,
            0.0026806777249038932, 0.001628241700382423, -0.00009515922545197159, 0.00005151389020466115)].

at_rest([_ | Others] = Bodies) ->
    {Px, Py, Pz} = lists:foldl(
        fun({_, _, _, Vx, Vy, Vz, M}, {Px, Py, Pz}) -> {Px + Vx * M, Py + Vy * M, Pz + Vz * M} end,
        {0.0, 0.0, 0.0}, Bodies),
    [{0.0, 0.0, 0.0, -Px / ?SUN, -Py / ?SUN, -Pz / ?SUN, ?SUN} | Others].

% The first with each of the others, then the others among themselves; all have moved.
advance([]) -> [];
advance([A | Others]) ->
    {Moved, Rest} = attract(A, Others, []),
    [move(Moved) | advance(Rest)].

attract(A, [], Out) -> {A, lists:reverse(Out)};
attract({Ax, Ay, Az, Avx, Avy, Avz, Am}, [{Bx, By, Bz, Bvx, Bvy, Bvz, Bm} | Others], Out) ->
    Dx = Ax - Bx,
    Dy = Ay - By,
    Dz = Az - Bz,
    Squared = Dx * Dx + Dy * Dy + Dz * Dz,
    Size = 0.01 / (Squared * math:sqrt(Squared)),
    Ma = Am * Size,
    Mb = Bm * Size,
    attract({Ax, Ay, Az, Avx - Dx * Mb, Avy - Dy * Mb, Avz - Dz * Mb, Am}, Others,
            [{Bx, By, Bz, Bvx + Dx * Ma, Bvy + Dy * Ma, Bvz + Dz * Ma, Bm} | Out]).

move({X, Y, Z, Vx, Vy, Vz, M}) -> {X + 0.01 * Vx, Y + 0.01 * Vy, Z + 0.01 * Vz, Vx, Vy, Vz, M}.

energy([], Sum) -> Sum;
energy([{Ax, Ay, Az, Vx, Vy, Vz, Am} | Others], Sum) ->
    energy(Others, lists:foldl(
        fun({Bx, By, Bz, _, _, _, Bm}, Rest) ->
            Dx = Ax - Bx,
            Dy = Ay - By,
            Dz = Az - Bz,
            Rest - Am * Bm / math:sqrt(Dx * Dx + Dy * Dy + Dz * Dz)
        end,
        Sum + 0.5 * Am * (Vx * Vx + Vy * Vy + Vz * Vz), Others)).

run(0, Bodies) -> Bodies;
run(N, Bodies) -> run(N - 1, advance(Bodies)).

main([N]) ->
    Bodies = at_rest(planets()),
    io:format("~.9f~n", [energy(Bodies, 0.0)]),
    io:format("~.9f~n", [energy(run(list_to_integer(N), Bodies), 0.0)]),
    halt(0).
