-- title: Steps with the first error, of the steps that come before any
-- question: When does the first error come?
-- chart: dots
-- count: steps
-- unit: Share of steps in which a conversation has its first error, of the steps that
--   conversations come to without one, with its 95% interval. Hollow: fewer than 100
--   steps (20 where there are under 5,000 in all), or under 10 prompt groups.
-- note: A long conversation has more steps in which to fail, so its share of errors
--   says little; this is the risk of each step for those that are still without an
--   error.
-- note: In the later steps only conversations are left that came so far without an
--   error: a falling share may mean that these are the easier tasks.
-- columns: label=Step | errors=First errors | value=Share of steps % | lo=From %
--   | hi=To % | n=Steps | conversations=Conversations | group_count=Prompt groups
-- empty: No conversation has a step in which an assistant speaks.

-- part: base
create or replace temp table first_errors as

with

errors as (

    select
        conversation_id,
        count(*) as error_count,
        min(step_index) as first_step
    from fct_errors
    group by conversation_id

)

select
    dim_conversations.conversation_id,
    dim_conversations.source,
    coalesce(
        dim_conversations.prompt_group_id, dim_conversations.conversation_id
    ) as group_id,
    dim_conversations.step_count,
    errors.error_count is not null as has_error,
    errors.first_step
from dim_conversations
left join errors on dim_conversations.conversation_id = errors.conversation_id
where dim_conversations.duplicate_of_id is null;

-- part: rows
with

bins (place, label, first_index, last_index) as (

    values
    (1, 'step 1', 0, 0),
    (2, 'step 2', 1, 1),
    (3, 'step 3', 2, 2),
    (4, 'step 4', 3, 3),
    (5, 'step 5', 4, 4),
    (6, 'steps 6–10', 5, 9),
    (7, 'steps 11–20', 10, 19),
    (8, 'steps 21–50', 20, 49),
    (9, 'steps from 51 on', 50, 1000000000)

),

-- the last step that counts: that of the first error, else the last of all
courses as (

    select
        source,
        group_id,
        first_step,
        coalesce(first_step, step_count - 1) as last_step
    from first_errors
    where step_count > 0 and (first_step is not null or not has_error)

),

step_cases as (

    select
        bins.place as label,
        courses.source,
        courses.group_id,
        count(*) as conversations,
        count(*) filter (
            where courses.first_step between bins.first_index and bins.last_index
        ) as hits,
        sum(
            least(courses.last_step, bins.last_index) - bins.first_index + 1
        ) as cases
    from courses
    inner join bins on courses.last_step >= bins.first_index
    group by bins.place, courses.source, courses.group_id

),

comers as (

    select
        label,
        sum(conversations) as conversations
    from step_cases
    group by label

)

select
    bins.label,
    judged.hits as errors,
    judged.share as value,
    judged.low as lo,
    judged.high as hi,
    judged.cases as n,
    cast(comers.conversations as bigint) as conversations,
    judged.group_count,
    share_text(judged.share) as text,
    bins.label || ': '
    || estimate_text(judged.share, judged.low, judged.high, judged.cases, 'steps')
        as tip,
    not judged.is_enough as few
from judged_shares('step_cases') as judged
inner join bins on judged.label = bins.place
inner join comers on judged.label = comers.label
order by bins.place asc;

-- part: answer
with

conversation_cases as ( -- noqa: ST03

    select
        'all' as label,
        source,
        group_id,
        count(*) filter (where has_error) as hits,
        count(*) as cases
    from first_errors
    group by source, group_id

),

whole as (

    select
        share_text(share) || ' of conversations have at least one error '
        || support_text(low, high, cases, 'conversations') as text,
        hits
    from pooled_shares('conversation_cases')

),

by_source as (

    select source_texts(source, share, low, high, cases, 'conversations') as texts
    from source_shares('conversation_cases')

),

places as (

    select
        quantile_disc(first_step + 1, 0.5) as half_step,
        quantile_disc((first_step + 1) / nullif(step_count, 0), 0.5) as half_share,
        count(*) filter (where first_step = 0) / nullif(count(*), 0) as at_first
    from first_errors
    where first_step is not null

)

select
    case
        when whole.text is null then 'There is no conversation.'
        else whole.text || '.'
    end as lead,
    case
        when whole.text is null or whole.hits = 0 then ''
        else
            case
                when places.half_step is null then ''
                else
                    'Half of the first errors come by step '
                    || count_text(places.half_step) || ', and half within the first '
                    || share_text(places.half_share)
                    || ' of the steps of their conversation; '
                    || share_text(places.at_first) || ' come in the first step.'
            end
            || compared('With an error', by_source.texts)
    end as rest
from places
cross join by_source
left join whole on true;

-- part: examples
with

placed as (

    select
        fct_errors.conversation_id,
        fct_errors.turn_index,
        fct_errors.step_index,
        fct_errors.class,
        row_number() over (
            partition by fct_errors.conversation_id
            order by fct_errors.turn_index asc, fct_errors.block_index asc
        ) as place
    from fct_errors
    inner join first_errors
        on
            fct_errors.conversation_id = first_errors.conversation_id
            and fct_errors.step_index = first_errors.first_step

)

select
    conversation_id,
    turn_index,
    'first error in step ' || count_text(step_index + 1) || ': '
    || replace(class, '_', ' ') as why
from placed
where place = 1
order by step_index desc, conversation_id asc
limit 5;
