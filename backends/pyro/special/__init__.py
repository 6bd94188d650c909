"""Special functions that torch lacks; generated programs carry the text of those that they use."""
