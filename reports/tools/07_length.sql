-- title: Calls by length of the conversation
-- question: How does tool use go with length?
-- chart: trend
-- x: characters of the turns that neither call a tool nor hold an answer of one
-- unit: Calls of a conversation: the median (dot, the larger the more conversations)
--   and the middle half (line), of conversations in ten equal parts by length; all
--   sources together.
-- note: Length leaves out the turns that call a tool, those with its answer, and the
--   system's: a conversation with more calls is longer by them, and would agree with
--   itself. What is left are the turns of the user and the agent's answers.
-- note: Spearman's rho is of ranks: 1 where each longer conversation has more calls, 0
--   where length says nothing. Within: ranks among conversations of the same category,
--   so that categories that are long and call much are no part of it.
-- note: Conversations without an answer are short by that alone.
-- columns: place=Part | x=Characters, median | y=Calls, median
--   | lo=Calls, lower quarter | hi=Calls, upper quarter | n=Conversations
--   | from_chars=From | to_chars=To
-- empty: There is no conversation.

-- part: base
create or replace temp table lengths as

with

others as (

    select
        conversation_id,
        sum(body_chars) as chars
    from fct_turns
    where role <> 'system' and role <> 'tool' and not has_calls
    group by conversation_id

)

select
    dim_conversations.conversation_id,
    dim_conversations.source,
    dim_conversations.category,
    dim_conversations.call_count,
    greatest(dim_conversations.turn_count - 1, 0) as last_turn_index,
    coalesce(dim_conversations.prompt_group_id, dim_conversations.conversation_id)
        as group_id,
    cast(coalesce(others.chars, 0) as bigint) as chars
from dim_conversations
left join others on dim_conversations.conversation_id = others.conversation_id
where dim_conversations.duplicate_of_id is null;

-- part: rows
with

placed as (

    select
        *,
        -- alike lengths stand in the same part
        ceil(10 * cume_dist() over (order by chars)) as place
    from lengths

),

parts as (

    select
        place,
        count(*) as n,
        min(chars) as from_chars,
        max(chars) as to_chars,
        quantile_disc(chars, 0.5) as middle_chars,
        quantile_disc(call_count, 0.25) as low_calls,
        quantile_disc(call_count, 0.5) as middle_calls,
        quantile_disc(call_count, 0.75) as high_calls
    from placed
    group by place

)

select
    from_chars,
    to_chars,
    n,
    cast(place as bigint) as place,
    cast(middle_chars as double) as x,
    cast(middle_calls as double) as y,
    cast(low_calls as double) as lo,
    cast(high_calls as double) as hi,
    counted(n, 'conversation', 'conversations') || ' of ' || count_text(from_chars)
    || ' to ' || count_text(to_chars) || ' characters: '
    || counted(middle_calls, 'call', 'calls') || ' in the middle, half of them '
    || count_text(low_calls) || ' to ' || count_text(high_calls) as tip
from parts
order by place asc;

-- part: answer
with

length_ranks as ( -- noqa: ST03

    select
        'all' as label,
        '' as stratum,
        group_id,
        chars as x,
        call_count as y
    from lengths
    union all
    select
        'within' as label,
        category as stratum,
        group_id,
        chars as x,
        call_count as y
    from lengths
    where category is not null

),

told as (

    select
        max(rho) filter (where label = 'all') as rho,
        max(low) filter (where label = 'all') as low,
        max(high) filter (where label = 'all') as high,
        max(group_count) filter (where label = 'all') as group_count,
        max(rho_text(rho, low, high, cases, 'conversations')) filter (
            where label = 'all'
        ) as all_text,
        max(rho_text(rho, low, high, cases, 'conversations')) filter (
            where label = 'within'
        ) as within_text,
        max(low) filter (where label = 'within') as within_low,
        max(high) filter (where label = 'within') as within_high
    from spearmans('length_ranks')

),

sizes as (

    select
        count(*) as conversation_count,
        count(distinct category) as category_count,
        quantile_disc(call_count, 0.5) as middle_calls
    from lengths

)

select
    case
        when sizes.conversation_count = 0 then 'There is no conversation.'
        when told.rho is null
            then 'Conversations do not differ in length, or not in calls.'
        when told.low > 0
            then
                'Longer conversations call tools more often: Spearman''s rho '
                || told.all_text || ' of '
                || counted(told.group_count, 'prompt', 'prompts') || '.'
        when told.high < 0
            then
                'Longer conversations call tools less often: Spearman''s rho '
                || told.all_text || ' of '
                || counted(told.group_count, 'prompt', 'prompts') || '.'
        when told.low is null
            then
                'Too few prompts to tell whether calls go with length: Spearman''s rho '
                || told.all_text || '.'
        else
            'Calls do not clearly go with length: Spearman''s rho ' || told.all_text
            || ' of ' || counted(told.group_count, 'prompt', 'prompts')
            || '; its interval holds 0.'
    end as lead,
    case
        when sizes.conversation_count = 0 then 'Without one there is no length.'
        else
            'The median conversation has '
            || counted(sizes.middle_calls, 'call', 'calls') || '.'
            || case
                when sizes.category_count < 2 or told.within_text is null then ''
                else
                    ' Among conversations of the same category rho is '
                    || told.within_text
                    || case
                        when told.within_low > 0 or told.within_high < 0 then '.'
                        when told.within_low is null then '.'
                        else '; its interval holds 0.'
                    end
            end
    end as rest
from told
cross join sizes;

-- part: examples
-- many calls for their length, and few
with

ranked as (

    select
        conversation_id,
        last_turn_index,
        call_count,
        chars,
        percent_rank() over (order by call_count)
        - percent_rank() over (order by chars) as surplus
    from lengths

),

ends as (

    select
        *,
        row_number() over (order by surplus desc, conversation_id asc) as from_top,
        row_number() over (order by surplus asc, conversation_id asc) as from_bottom
    from ranked

)

select
    conversation_id,
    last_turn_index as turn_index,
    counted(call_count, 'call', 'calls') || ' beside ' || count_text(chars)
    || ' characters of other turns' as why
from ends
where (from_top <= 3 and surplus > 0) or (from_bottom <= 2 and surplus < 0)
order by surplus desc, conversation_id asc;
