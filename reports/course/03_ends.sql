-- title: How conversations end, each way for itself
-- question: How do conversations end?
-- chart: heatmap
-- unit: Share of the conversations of a source that end this way; · means less than
--   0.5%. Most frequent first, the largest source at the left.
-- note: What counts is the last assistant turn after the last user turn: its stop
--   reason where that is a length limit, else its calls and their responses, else its
--   text. The report Overview has the same ends in five groups.
-- note: An error as result: the record stops at results of which at least one is an
--   error by our definition. An answer is text that does not end with a question mark;
--   whether it solves the task is not known from this.
-- note: "No reply" is not always a fault: a simulated user may say goodbye last.
-- columns: row=Ends with | column=Source | conversations=Conversations | value=Share %
--   | lo=From % | hi=To % | n=Of conversations | group_count=Prompt groups
--   | steps=Median steps | stop_reasons=Stop reasons
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table conversation_ends as

with

kinds (end_kind, label) as (

    values
    ('final_answer', 'an answer'),
    ('asks_user', 'a question to the user'),
    ('after_results', 'tool results and no word on them'),
    ('results_with_error', 'an error as result, and no word on it'),
    ('unanswered_call', 'a call without a response'),
    ('no_reply', 'a user turn and no reply'),
    ('length_limit', 'a turn cut off at a length limit'),
    ('empty', 'an empty reply')

),

last_turns as (

    select
        conversation_id,
        max(turn_index) as turn_index,
        max_by(stop_reason, turn_index) as stop_reason
    from fct_turns
    where role = 'assistant'
    group by conversation_id

),

last_errors as (

    select
        conversation_id,
        max_by(error_count, step_index) as error_count
    from fct_steps
    group by conversation_id

)

select
    dim_conversations.conversation_id,
    dim_conversations.source,
    dim_conversations.step_count,
    kinds.label,
    -- a last turn that is not in the last exchange did not end it
    coalesce(last_turns.turn_index, 0) as turn_index,
    case
        when dim_conversations.end_kind <> 'no_reply' then last_turns.stop_reason
    end as stop_reason,
    coalesce(
        dim_conversations.prompt_group_id, dim_conversations.conversation_id
    ) as group_id
from dim_conversations
left join last_turns
    on dim_conversations.conversation_id = last_turns.conversation_id
left join last_errors
    on dim_conversations.conversation_id = last_errors.conversation_id
inner join kinds
    on
        kinds.end_kind = case
            when
                dim_conversations.end_kind = 'after_results'
                and last_errors.error_count > 0
                then 'results_with_error'
            else dim_conversations.end_kind
        end
where dim_conversations.duplicate_of_id is null;

-- part: rows
with

ends as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        count(*) as hits
    from conversation_ends
    group by label, source, group_id

),

ranked as (

    select
        label,
        hits
    from pooled_parts('ends')

),

sizes as (

    select
        label,
        source,
        quantile_disc(step_count, 0.5) as steps,
        string_agg(distinct stop_reason, ', ' order by stop_reason asc) as stop_reasons
    from conversation_ends
    group by label, source

)

select
    found.label as row,
    found.source as "column",
    found.hits as conversations,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    sizes.steps,
    sizes.stop_reasons,
    cell_text(found.share) as text,
    'Ends with ' || found.label || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, 'conversations'
    ) as tip
from source_parts('ends') as found
inner join ranked on found.label = ranked.label
left join sizes on found.label = sizes.label and found.source = sizes.source
order by ranked.hits desc, row asc, n desc, "column" asc;

-- part: answer
with

ends as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        count(*) as hits
    from conversation_ends
    group by label, source, group_id

),

ranked as (

    select
        label,
        group_count,
        row_number() over (order by hits desc, label asc) as place,
        estimate_text(share, low, high, cases, 'conversations') as estimate,
        share_text(share)
        || case when low is null then '' else ' (' || range_text(low, high) || ')' end
            as short_estimate
    from pooled_parts('ends')

),

told as (

    select
        max(label) filter (where place = 1) as first_label,
        max(estimate) filter (where place = 1) as first_share,
        max(group_count) as group_count,
        list(
            label || ' ' || short_estimate order by place asc
        ) filter (where place > 1) as other_ends
    from ranked

),

by_source as (

    select source_texts(source, share, low, high, cases, 'conversations') as texts
    from source_parts('ends')
    where label in (select told.first_label from told)

),

reasons as (

    select
        count(*) as conversations,
        count(stop_reason) as recorded_count
    from conversation_ends

)

select
    case
        when told.first_label is null then 'There is no conversation.'
        else
            'Most conversations end with ' || told.first_label || ': '
            || told.first_share || ', from '
            || counted(told.group_count, 'prompt', 'prompts') || '.'
    end as lead,
    case
        when told.first_label is null then 'Without one there is no end.'
        else
            ltrim(
                case
                    when told.other_ends is null then ''
                    else 'The rest: ' || listed(told.other_ends) || '.'
                end
                || compared('Ending with ' || told.first_label, by_source.texts)
                || case
                    when reasons.recorded_count = 0
                        then
                            ' Why the model stopped is not recorded, so a cut at a'
                            || ' length limit cannot be told from an answer.'
                    when reasons.recorded_count < reasons.conversations
                        then
                            ' Why the model stopped is recorded for '
                            || count_text(reasons.recorded_count) || ' of '
                            || count_text(reasons.conversations)
                            || '; in the others a cut at a length limit cannot be told'
                            || ' from an answer.'
                    else ''
                end
            )
    end as rest
from told
cross join by_source
cross join reasons;

-- part: examples
-- rare ends first: they are what one wants to look at
with

ranked as (

    select
        conversation_id,
        turn_index,
        label,
        count(*) over (partition by label) as kind_size,
        row_number() over (partition by label order by conversation_id asc) as place
    from conversation_ends

)

select
    conversation_id,
    turn_index,
    'ends with ' || label as why
from ranked
where place <= 2 and label <> 'an answer'
order by kind_size asc, label asc, place asc
limit 10;
