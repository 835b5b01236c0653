-- title: What a random split would leak
-- question: How many held-out conversations have a fellow in the training data?
-- chart: dots
-- count: Conversations
-- unit: Share of held-out conversations that have one of their group in the training
--   data, with its 95% interval: as expected where the share that is to be held out is
--   drawn one by one, and as counted in our splits. n is what it is asked of.
-- note: A group is what shares a prompt, a session or most of its turns. A model that
--   has seen one of a group has seen much of the other, so a score on the held-out one
--   is too good.
-- note: The expectation is exact, not drawn: of a group of g, the g - 1 others of a
--   held-out conversation are all held out as well with chance h to the g - 1, where h
--   is finetune_validation_share + finetune_test_share as this build had them. Its
--   interval is for other data of this kind: groups are what is drawn.
-- columns: label=Split | value=Leaking share % | lo=From % | hi=To % | n=Conversations
--   | group_count=Split groups
-- empty: No conversation is kept.

-- part: base
create or replace temp table leaks as

with

held as (

    select held_out_share('finetune_settings') as share

),

groups as (

    select
        split_group,
        count(*) as cases,
        count(*) filter (where split = 'train') as train_cases,
        count(*) filter (where split <> 'train') as held_cases
    from finetune_selection
    where is_kept
    group by split_group

),

sides as (

    select
        1 as place,
        'Random, by conversation' as label,
        groups.split_group,
        leaked_cases(groups.cases, held.share) as hits,
        groups.cases
    from groups
    cross join held
    union all
    select
        2 as place,
        'By split group, as here' as label,
        split_group,
        case when train_cases > 0 then held_cases else 0 end as hits,
        held_cases as cases
    from groups
    where held_cases > 0

)

select
    place,
    label,
    share_of(hits, cases) as value,
    share_low(hits, cases) as lo,
    share_high(hits, cases) as hi,
    cast(sum(cases) as bigint) as n,
    count(*) as group_count
from sides
group by place, label;

-- part: rows
select
    label,
    value,
    lo,
    hi,
    share_text(value) as text,
    label || ': ' || estimate_text(value, lo, hi, n, 'held-out conversations') as tip,
    n,
    group_count,
    lo is null as few
from leaks
order by place asc;

-- part: answer
with

sides as (

    select
        max(
            share_text(value) || ' of them ' || support_text(lo, hi, n, 'conversations')
        ) filter (where place = 1) as random_text,
        max(share_text(value)) filter (where place = 2) as group_text
    from leaks

),

groups as (

    select
        count(*) as conversations,
        count(distinct split_group) as split_groups
    from finetune_selection
    where is_kept

),

held as (

    select share_text(held_out_share('finetune_settings')) as share

)

select
    case
        when sides.random_text is null then 'No conversation is kept.'
        else
            'Where ' || held.share || ' are held out at random, the training data would'
            || ' hold a fellow of ' || sides.random_text || '.'
    end as lead,
    case
        when sides.random_text is null then 'Without one there is nothing to split.'
        else
            counted(groups.conversations, 'kept conversation', 'kept conversations')
            || ' fold to '
            || counted(groups.split_groups, 'split group', 'split groups') || '.'
            || case
                when sides.group_text is null
                    then ' Nothing is held out in our split: there are few groups.'
                else ' Our split leaks ' || sides.group_text || '.'
            end
    end as rest
from sides
cross join groups
cross join held;

-- part: examples
-- two of each of the largest groups, at the text that they may have in common
with

fellows as (

    select
        split_group,
        conversation_id,
        split,
        count(*) over (partition by split_group) as fellow_count,
        row_number() over (
            partition by split_group order by conversation_id asc
        ) as fellow_number
    from finetune_selection
    where is_kept

),

largest as (

    select
        *,
        dense_rank() over (order by fellow_count desc, split_group asc) as group_number
    from fellows
    where fellow_count > 1

),

prompts as (

    select
        conversation_id,
        min(turn_index) as turn_index
    from finetune_passages
    where kind = 'user'
    group by conversation_id

)

select
    largest.conversation_id,
    coalesce(prompts.turn_index, 0) as turn_index,
    'group ' || largest.group_number || ': one of '
    || counted(largest.fellow_count, 'conversation', 'conversations')
    || ' that stay together, in ' || largest.split as why
from largest
left join prompts on largest.conversation_id = prompts.conversation_id
where
    largest.group_number <= 4
    and largest.fellow_number in (1, largest.fellow_count)
order by largest.group_number asc, largest.fellow_number asc;
