"""A seeded synthetic twin of the dataset, with the true counts of what is in it.

Same schema as `lambda/hermes-agent-reasoning-traces`, same two configs in the same proportions,
and a similar shape: a long system prompt that repeats in every conversation, thoughts, parallel
calls, heavy-tailed responses, failures that are correlated within a prompt, and a small share of
ill-formed pieces. The text is put together from the Python standard library's own sources and
docstrings, so that it compresses as real code and prose do.

A conversation depends on (seed, config, index, number of conversations) and on the corpus only,
never on how many shards or processes it is made with. Another Python version is another corpus.
"""
