-- What a turn holds, from its blocks. A thought is a think block with readable text in
-- it; an answer is visible text of an assistant turn.
{{ config(materialized='table') }}

with

int_turns_placed as (

    select * from {{ ref('int_turns_placed') }}

),

int_blocks_measured as (

    select * from {{ ref('int_blocks_measured') }}

),

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

-- a turn without blocks keeps one row, of which every flag is false
flagged as (

    select
        int_turns_placed.conversation_id,
        int_turns_placed.turn_index,
        coalesce(int_blocks_measured.block_index, 0) as block_index,
        coalesce(int_blocks_measured.kind, 'none') as kind,
        int_blocks_measured.body_chars,
        int_blocks_measured.word_count,
        coalesce(int_blocks_measured.is_question, false) as is_question,
        int_blocks_measured.kind = 'think'
        and not int_blocks_measured.is_blank
        and coalesce(int_blocks_measured.visibility, 'raw') in ('raw', 'summary')
            as is_thought,
        int_blocks_measured.kind = 'text'
        and not int_blocks_measured.is_blank
        and int_turns_placed.role = 'assistant' as is_answer,
        coalesce(
            int_blocks_measured.kind in ('think', 'tool_call', 'tool_response'), false
        ) as is_wrapped,
        coalesce(int_blocks_measured.is_closed, true) as is_closed,
        coalesce(int_blocks_measured.issue, stg_tool_calls.issue) is not null
        and coalesce(stg_tool_calls.parse_status, 'ok') <> 'malformed' as is_odd
    from int_turns_placed
    left join int_blocks_measured
        on
            int_turns_placed.conversation_id = int_blocks_measured.conversation_id
            and int_turns_placed.turn_index = int_blocks_measured.turn_index
    left join stg_tool_calls
        on
            int_blocks_measured.conversation_id = stg_tool_calls.conversation_id
            and int_blocks_measured.turn_index = stg_tool_calls.turn_index
            and int_blocks_measured.block_index = stg_tool_calls.block_index

),

measured as (

    select
        conversation_id,
        turn_index,
        count(*) filter (where is_thought) as thought_count,
        count(*) filter (where kind = 'tool_call') as call_count,
        count(*) filter (where kind = 'tool_response') as response_count,
        count(*) filter (where is_wrapped) as wrapped_block_count,
        count(*) filter (where is_wrapped and not is_closed) as unclosed_block_count,
        count(*) filter (where is_wrapped and is_closed and is_odd)
            as repaired_block_count,
        cast(sum(case when is_thought then body_chars else 0 end) as bigint)
            as think_chars,
        cast(sum(case when is_thought then word_count else 0 end) as bigint)
            as think_words,
        cast(sum(case when is_answer then body_chars else 0 end) as bigint)
            as answer_chars,
        cast(sum(case when is_answer then word_count else 0 end) as bigint)
            as answer_words,
        cast(sum(case when kind = 'tool_call' then body_chars else 0 end) as bigint)
            as call_chars,
        cast(sum(case when kind = 'tool_response' then body_chars else 0 end) as bigint)
            as response_chars,
        -- of the last text that says something
        coalesce(max_by(is_question, block_index) filter (where is_answer), false)
            as is_question
    from flagged
    group by conversation_id, turn_index

)

select * from measured
