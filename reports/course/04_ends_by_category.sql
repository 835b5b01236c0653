-- title: How conversations end, by category of the task
-- question: Does the end depend on the task?
-- chart: stacked
-- unit: Share of the conversations of a category, by what the last assistant turn of
--   the last exchange holds; all sources together. The largest category first.
-- note: Cut off: no reply to the last user turn, an empty one, or one that ends at a
--   length limit. Stopped: its calls have no response, or the record stops at their
--   results.
-- note: Sources hold different categories and end differently: this is no comparison
--   of tasks at equal agents.
-- columns: row=Category | series=Ends | conversations=Conversations | share=Share %
--   | lo=From % | hi=To % | n=Of conversations | group_count=Prompt groups
-- empty: No category is recorded. Ingest a source whose records name one.

-- part: base
-- a column of source_parts() is what is compared: here the category
create or replace temp table category_ends as

select
    category as source,
    case end_kind
        when 'final_answer' then 1
        when 'asks_user' then 2
        when 'after_results' then 3
        when 'unanswered_call' then 3
        else 4
    end as label,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) as hits
from dim_conversations
where duplicate_of_id is null and category is not null
group by category, label, group_id;

-- part: rows
with

kinds (label, kind) as (

    values
    (1, 'Answer'),
    (2, 'Question'),
    (3, 'Stopped at a call'),
    (4, 'No reply or cut off')

)

select
    found.source as row,
    kinds.kind as series,
    found.share,
    found.hits as conversations,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    short_text(found.source, 60) || ', ' || lower(kinds.kind) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, 'conversations'
    ) as tip
from source_parts('category_ends') as found
inner join kinds on found.label = kinds.label
order by n desc, row asc, found.label asc;

-- part: answer
with

-- conversations that end with an answer, of all
answer_cases as ( -- noqa: ST03

    select
        source as label,
        '' as source,
        group_id,
        coalesce(sum(hits) filter (where label = 1), 0) as hits,
        sum(hits) as cases
    from category_ends
    group by source, group_id

),

judged as (

    select
        *,
        short_text(label, 40) || ', '
        || estimate_text(share, low, high, cases, 'conversations') as text
    from judged_shares('answer_cases')

),

extremes as (

    select
        count(*) as category_count,
        count(*) filter (where is_enough) as enough_count,
        max_by(text, (low, cases, label)) filter (where is_enough) as highest,
        min_by(text, (high, -cases, label)) filter (where is_enough) as lowest,
        max(low) filter (where is_enough)
        > min(high) filter (where is_enough) as is_apart
    from judged

),

totals as (

    select count(*) as conversations
    from dim_conversations
    where duplicate_of_id is null

)

select
    case
        when totals.conversations = 0 then 'There is no conversation.'
        when extremes.category_count = 0
            then 'No category is recorded for any conversation.'
        when extremes.category_count = 1
            then 'All conversations with a category are of one category.'
        when extremes.enough_count < 2
            then 'Too few conversations or prompts to compare categories.'
        else 'Least often an answer is the end in ' || extremes.lowest || '.'
    end as lead,
    case
        when totals.conversations = 0 then 'Without one there is no end.'
        when extremes.enough_count < 2 then ''
        else
            'Most often it is in ' || extremes.highest || '.'
            || case
                when extremes.is_apart then ''
                else ' The two intervals overlap.'
            end
            || case
                when extremes.category_count = extremes.enough_count then ''
                else
                    ' Too few conversations to be compared: '
                    || counted(
                        extremes.category_count - extremes.enough_count,
                        'category', 'categories'
                    )
                    || '.'
            end
    end as rest
from extremes
cross join totals;

-- part: examples
with

last_turns as (

    select
        conversation_id,
        max(turn_index) as turn_index
    from fct_turns
    where role = 'assistant'
    group by conversation_id

),

ranked as (

    select
        conversation_id,
        category,
        end_kind,
        count(*) over (partition by category) as conversation_count,
        row_number() over (
            partition by category order by conversation_id asc
        ) as place
    from dim_conversations
    where
        duplicate_of_id is null
        and category is not null
        and end_kind <> 'final_answer'

)

select
    ranked.conversation_id,
    coalesce(last_turns.turn_index, 0) as turn_index,
    short_text(ranked.category, 40) || ': '
    || case ranked.end_kind
        when 'asks_user' then 'ends with a question'
        when 'after_results' then 'stops at tool results'
        when 'unanswered_call' then 'stops at a call'
        when 'no_reply' then 'has no reply'
        when 'length_limit' then 'is cut off'
        else 'ends with an empty reply'
    end as why
from ranked
left join last_turns on ranked.conversation_id = last_turns.conversation_id
where ranked.place = 1
order by ranked.conversation_count desc, ranked.category asc
limit 6;
