-- title: How conversations end, by source
-- question: How do they end?
-- chart: stacked
-- unit: Share of the conversations of a source, by what the last assistant turn of the
--   last exchange holds. The largest source first.
-- note: What counts is the last assistant turn after the last user turn, whatever else
--   the record holds after it. A turn with a call ends with it, also if it has text.
-- note: An answer is text that does not end with a question mark. Whether it solves the
--   task is not known from this.
-- note: "No reply" is not always a fault: a simulated user may say goodbye last.
-- columns: row=Source | kind=Ends | conversations=Conversations | share=Share %
--   | lo=From % | hi=To % | n=Of conversations | group_count=Prompt groups
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table ends as

with

kinds (place, end_kind, label, series) as (

    values
    (1, 'final_answer', 'with an answer', 'Answer'),
    (2, 'asks_user', 'with a question to the user', 'Question'),
    (3, 'after_results', 'with tool results and no word on them', 'Tool results'),
    (4, 'unanswered_call', 'with a call that has no response', 'Unanswered call'),
    (5, 'no_reply', 'with a user turn and no reply', 'No reply or cut off'),
    (6, 'length_limit', 'cut off at a length limit', 'No reply or cut off'),
    (7, 'empty', 'with an empty reply', 'No reply or cut off')

)

select
    dim_conversations.source,
    coalesce(
        dim_conversations.prompt_group_id, dim_conversations.conversation_id
    ) as group_id,
    kinds.place,
    kinds.label,
    kinds.series,
    dim_conversations.end_kind,
    count(*) as hits
from dim_conversations
inner join kinds using (end_kind)
where dim_conversations.duplicate_of_id is null
group by
    dim_conversations.source,
    group_id,
    kinds.place,
    kinds.label,
    kinds.series,
    dim_conversations.end_kind;

-- part: rows
with

kinds as (

    select distinct
        place,
        label,
        series
    from ends

)

select
    found.source as row,
    kinds.series,
    found.share,
    found.label as kind,
    found.hits as conversations,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    short_text(found.source, 60) || ', ' || found.label || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, 'conversations'
    ) as tip
from source_parts('ends') as found
inner join kinds on found.label = kinds.label
order by n desc, row asc, kinds.place asc;

-- part: answer
with

ranked as (

    select
        label,
        row_number() over (order by hits desc, label asc) as place,
        share_text(share) as share,
        support_text(low, high, cases, 'conversations') as basis
    from pooled_parts('ends')

),

sentences as (

    select
        max(label) filter (where place = 1) as first_kind,
        max(
            share || ' of conversations end ' || label || ' ' || basis || '.'
        ) filter (where place = 1) as sentence,
        list(
            share || ' ' || label order by place asc
        ) filter (where place > 1) as other_ends
    from ranked

),

by_source as (

    select source_texts(source, share, low, high, cases, 'conversations') as texts
    from source_parts('ends')
    where label in (select sentences.first_kind from sentences)

)

select
    coalesce(sentences.sentence, 'There is no conversation.') as lead,
    ltrim(
        case
            when sentences.sentence is null then 'Without one there is no end.'
            when sentences.other_ends is null then ''
            else 'The rest: ' || listed(sentences.other_ends) || '.'
        end
        || compared('Ending ' || sentences.first_kind, by_source.texts)
    ) as rest
from sentences
cross join by_source;

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

kinds as (

    select distinct
        end_kind,
        label
    from ends

),

-- rare ends first: they are what one wants to look at
ranked as (

    select
        conversation_id,
        end_kind,
        count(*) over (partition by end_kind) as kind_size,
        row_number() over (
            partition by end_kind order by conversation_id
        ) as place
    from dim_conversations
    where duplicate_of_id is null

)

select
    ranked.conversation_id,
    coalesce(last_turns.turn_index, 0) as turn_index,
    'ends ' || kinds.label as why
from ranked
inner join kinds on ranked.end_kind = kinds.end_kind
left join last_turns on ranked.conversation_id = last_turns.conversation_id
where ranked.place <= 2 and ranked.end_kind <> 'final_answer'
order by ranked.kind_size asc, ranked.end_kind asc, ranked.place asc
limit 10;
