"""`net f = Dense(...) |> tanh |> ...` and `f ~ BNN(...)`: networks, written out."""
