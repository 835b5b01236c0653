-- title: What a random split would leak
-- question: How many held-out conversations have a fellow in the training data?
-- chart: bars
-- count: Conversations
-- unit: Share of held-out conversations that have one of their group in the training
--   data: as expected where a tenth of the kept conversations is drawn one by one, and
--   as counted in our splits; n is the number of conversations it is asked of.
-- note: A group is what shares a prompt, a session or most of its turns. A model that
--   has seen one of a group has seen much of the other, so a score on the held-out one
--   is too good.
-- note: The expectation is exact, not drawn: of a group of g, the g - 1 others of a
--   held-out conversation are all held out as well with chance 0.1 to the g - 1.
-- columns: label=Split | value=Leaking share | n=Conversations
-- empty: No conversation is kept.

-- part: base
create or replace temp table leaks as

with

mates as (

    select
        split,
        split_group,
        count(*) over (partition by split_group) - 1 as mate_count,
        count(*) filter (where split = 'train') over (
            partition by split_group
        ) as train_count
    from finetune_selection
    where is_kept

)

select
    1 as place,
    'Random, by conversation' as label,
    avg(1 - pow(0.1, mate_count) order by mate_count) as value,
    count(*) as n
from mates
having count(*) > 0
union all
select
    2 as place,
    'By split group, as here' as label,
    avg(case when train_count > 0 then 1.0 else 0.0 end) as value,
    count(*) as n
from mates
where split <> 'train'
having count(*) > 0;

-- part: rows
select
    label,
    value,
    share_text(value) as text,
    label || ': ' || share_text(value) || ' of held-out conversations leak' as tip,
    place = 1 as strong,
    n
from leaks
order by place asc;

-- part: answer
with

sides as (

    select
        max(value) filter (where place = 1) as random_share,
        max(value) filter (where place = 2) as group_share
    from leaks

),

groups as (

    select
        count(*) as conversations,
        count(distinct split_group) as split_groups
    from finetune_selection
    where is_kept

)

select
    case
        when sides.random_share is null then 'No conversation is kept.'
        else
            'A random split would leak ' || share_text(sides.random_share)
            || ' of its held-out conversations.'
    end as lead,
    case
        when sides.random_share is null then 'Without one there is nothing to split.'
        else
            counted(groups.conversations, 'kept conversation', 'kept conversations')
            || ' fold to '
            || counted(groups.split_groups, 'split group', 'split groups') || '.'
            || case
                when sides.group_share is null
                    then ' Nothing is held out in our split: there are few groups.'
                else ' Our split leaks ' || share_text(sides.group_share) || '.'
            end
    end as rest
from sides
cross join groups;
