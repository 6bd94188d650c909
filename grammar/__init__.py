"""The grammar of `.gen`, its tables, and the words for what does not fit it.

Knows no other code of the project: it deals in characters, tokens and rule names.
"""
