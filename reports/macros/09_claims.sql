-- How the published figures of the Hermes dataset may have been counted.
-- noqa: disable=layout.indent
-- (sqlfluff takes the body of a macro for top level)

-- What is counted, in what unit (a count, a mean or a share), and per what.
create or replace macro claim_definitions() as table
    select *
    from (
        values
        (1, 'conversations', 'rows', 'count'),
        (2, 'conversations', 'rows without exact copies', 'count'),
        (3, 'turns', 'all messages', 'count'),
        (4, 'turns', 'messages without the system prompt', 'count'),
        (5, 'turns', 'assistant messages', 'count'),
        (3, 'avg_turns', 'all messages', 'mean'),
        (4, 'avg_turns', 'messages without the system prompt', 'mean'),
        (5, 'avg_turns', 'assistant messages', 'mean'),
        (6, 'tool_calls', 'calls', 'count'),
        (6, 'avg_tool_calls', 'calls', 'mean'),
        (6, 'tool_calls_per_conversation', 'calls', 'mean'),
        (
            8,
            'tool_calls_per_conversation',
            'calls and the two tags in the system prompt',
            'mean'
        ),
        (9, 'avg_think_words', 'words per conversation', 'mean'),
        (10, 'avg_think_words', 'words per thought', 'mean'),
        (11, 'avg_think_words', 'words per assistant message', 'mean'),
        (9, 'think_words_per_row', 'words per conversation', 'mean'),
        (10, 'think_words_per_row', 'words per thought', 'mean'),
        (11, 'think_words_per_row', 'words per assistant message', 'mean'),
        (12, 'parallel_turn_share', 'of assistant messages', 'share'),
        (13, 'parallel_turn_share', 'of messages that call', 'share'),
        (14, 'conversations_with_tool_failure', 'error by our definition', 'share'),
        (15, 'conversations_with_tool_failure', 'error by keywords', 'share'),
        (16, 'conversations_with_tool_failure', 'error by Hermes’ rule A', 'share'),
        (17, 'conversations_with_tool_failure', 'error by Hermes’ rule B', 'share'),
        (18, 'conversations_with_tool_failure', 'exit code is not 0', 'share'),
        (19, 'self_correction_present', 'a thought with our markers', 'share'),
        (20, 'verification_present', 'a thought with our markers', 'share'),
        (21, 'alternative_exploration', 'a thought with our markers', 'share'),
        (22, 'valid_json_in_all_calls', 'every call can be read', 'share'),
        (23, 'error_recovery_patterns', 'an episode of errors is resolved', 'share'),
        (24, 'error_recovery_patterns', 'a thought speaks of a failure', 'share'),
        (25, 'more_than_5_messages', 'all messages', 'share'),
        (26, 'more_than_5_messages', 'messages without the system prompt', 'share')
    ) as definitions (place, metric, definition, kind); -- noqa: RF04
