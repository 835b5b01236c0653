-- Kept conversations as what an export without options (format trl) puts before a
-- model, in its order, with an estimate of the tokens: characters times the rate of
-- their kind. Whole thousandths of a token, so that sums are the same in any order.
-- Marks of a chat template are not counted.
with

finetune_selection as (

    select * from {{ ref('finetune_selection') }}

),

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

fct_turns as (

    select * from {{ ref('fct_turns') }}

),

fct_thoughts as (

    select * from {{ ref('fct_thoughts') }}

),

fct_tool_calls as (

    select * from {{ ref('fct_tool_calls') }}

),

int_blocks_measured as (

    select * from {{ ref('int_blocks_measured') }}

),

stg_tool_definitions as (

    select * from {{ ref('stg_tool_definitions') }}

),

token_rates as (

    select * from {{ ref('token_rates') }}

),

-- as JSON in the form of OpenAI's: 43 characters around each name, 17 and 14 more, and
-- one before each quote, backslash and line end of a description
toolsets as (

    select
        toolset_id,
        cast(sum(
            43
            + length(tool_name)
            + coalesce(
                17
                + 2 * length(description)
                - length(
                    replace(
                        replace(replace(description, '"', ''), chr(92), ''), chr(10), ''
                    )
                ),
                0
            )
            + coalesce(14 + length(parameters), 0)
        ) + 1 as bigint) as chars
    from stg_tool_definitions
    group by toolset_id

),

quotes as (

    select
        conversation_id,
        turn_index,
        cast(sum(quoted_tools_chars) as bigint) as chars
    from int_blocks_measured
    where quoted_tools_chars > 0
    group by conversation_id, turn_index

),

raw_thoughts as (

    select
        conversation_id,
        turn_index,
        cast(sum(think_chars) as bigint) as chars
    from fct_thoughts
    where visibility = 'raw'
    group by conversation_id, turn_index

),

malformed_calls as (

    select distinct
        conversation_id,
        turn_index
    from fct_tool_calls
    where is_malformed

),

kept as (

    select
        conversation_id,
        finetune_selection.source,
        finetune_selection.split_group,
        finetune_selection.split,
        finetune_selection.is_first_turn_doubled,
        toolsets.chars as tools_chars
    from finetune_selection
    inner join dim_conversations using (conversation_id)
    left join toolsets on dim_conversations.toolset_id = toolsets.toolset_id
    where finetune_selection.is_kept

),

numbered as (

    select
        conversation_id,
        fct_turns.turn_index,
        fct_turns.role,
        fct_turns.body_chars,
        fct_turns.answer_chars,
        fct_turns.call_chars,
        fct_turns.response_chars,
        case
            when kept.tools_chars > 0 then coalesce(quotes.chars, 0)
            else 0
        end as quoted_chars,
        coalesce(raw_thoughts.chars, 0) as think_chars,
        fct_turns.role = 'assistant'
        and coalesce(raw_thoughts.chars, 0) > 0
        and (fct_turns.answer_chars > 0 or fct_turns.call_count > 0)
        and malformed_calls.conversation_id is null as is_trained,
        kept.is_first_turn_doubled
        and fct_turns.role = 'user'
        and row_number() over (
            partition by conversation_id, fct_turns.role order by fct_turns.turn_index
        ) = 1 as is_left_out
    from fct_turns
    inner join kept using (conversation_id)
    left join quotes using (conversation_id, turn_index)
    left join raw_thoughts using (conversation_id, turn_index)
    left join malformed_calls using (conversation_id, turn_index)
    where fct_turns.role <> 'other'

),

turns as (

    select * from numbered
    where not is_left_out

),

first_turns as (

    select
        conversation_id,
        min(turn_index) as turn_index
    from turns
    group by conversation_id

),

pieces as (

    select
        conversation_id,
        turn_index,
        0 as place,
        'system' as kind,
        body_chars - quoted_chars as chars,
        false as is_trained
    from turns
    where role = 'system'
    union all
    select
        conversation_id,
        first_turns.turn_index,
        1 as place,
        'tools' as kind,
        kept.tools_chars as chars,
        false as is_trained
    from kept
    inner join first_turns using (conversation_id)
    where kept.tools_chars > 0
    union all
    select
        conversation_id,
        turn_index,
        2 as place,
        'user' as kind,
        body_chars as chars,
        false as is_trained
    from turns
    where role = 'user'
    union all
    select
        conversation_id,
        turn_index,
        3 as place,
        'think' as kind,
        think_chars as chars,
        is_trained
    from turns
    where role = 'assistant' and think_chars > 0
    union all
    select
        conversation_id,
        turn_index,
        4 as place,
        'answer' as kind,
        answer_chars as chars,
        is_trained
    from turns
    where role = 'assistant' and answer_chars > 0
    union all
    select
        conversation_id,
        turn_index,
        5 as place,
        'call' as kind,
        call_chars as chars,
        is_trained
    from turns
    where role = 'assistant' and call_chars > 0
    union all
    select
        conversation_id,
        turn_index,
        6 as place,
        'response' as kind,
        response_chars as chars,
        false as is_trained
    from turns
    where role = 'tool' and response_chars > 0

),

estimated as (

    select
        pieces.conversation_id,
        pieces.turn_index,
        pieces.place,
        kind,
        pieces.chars,
        cast(pieces.chars * token_rates.tokens_per_1000_chars as bigint)
            as millitokens,
        pieces.is_trained
    from pieces
    inner join token_rates using (kind)

),

placed as (

    select
        *,
        cast(coalesce(sum(millitokens) over (
            partition by conversation_id
            order by turn_index, place
            rows between unbounded preceding and 1 preceding
        ), 0) as bigint) as start_millitokens,
        max(place) over (partition by conversation_id, turn_index) as last_place
    from estimated

),

passages as (

    select
        conversation_id,
        placed.turn_index,
        placed.kind,
        kept.source,
        kept.split_group,
        kept.split,
        placed.chars,
        placed.millitokens,
        placed.start_millitokens,
        placed.is_trained,
        placed.place between 3 and 5 and placed.place = placed.last_place
            as is_turn_end
    from placed
    inner join kept using (conversation_id)

)

select * from passages
