-- title: What is there twice
-- question: Which conversations repeat another, and how are they grouped?
-- chart: table
-- unit: Conversations of a source, kept or not: exact copies, near-duplicates of a
--   conversation that passes all other rules, split groups of more than one
--   conversation, and the size of the largest group.
-- note: Near-duplicates share at least finetune_near_duplicate_similarity (0.8, if not
--   changed) of their turns word for word, system turns left out. Conversations that
--   say the same in other words are not found. What shares a prompt stays in one split.
-- note: A group with conversations of several sources counts in each.
-- columns: source=Source | conversations=Conversations | exact=Exact copies
--   | near=Near-duplicates | repeated_groups=Groups of several | largest=Largest group
-- empty: There is no conversation.

-- part: base
create or replace temp table twice as

with

sized as (

    select
        *,
        count(*) over (partition by split_group) as group_size
    from finetune_selection

)

select
    source,
    count(*) as conversations,
    count(exact_duplicate_of) as exact,
    count(near_duplicate_of) as near,
    count(distinct split_group) filter (where group_size > 1) as repeated_groups,
    max(group_size) as largest
from sized
group by source;

-- part: rows
select
    source,
    conversations,
    exact,
    near,
    repeated_groups,
    largest
from twice
order by conversations desc, source asc;

-- part: answer
with

totals as (

    select
        cast(coalesce(sum(conversations), 0) as bigint) as conversations,
        cast(coalesce(sum(exact), 0) as bigint) as exact,
        cast(coalesce(sum(near), 0) as bigint) as near,
        max(largest) as largest
    from twice

)

select
    case
        when conversations = 0 then 'There is no conversation.'
        when exact + near = 0 then 'No conversation repeats another.'
        else
            counted(exact, 'exact copy', 'exact copies') || ' and '
            || counted(near, 'near-duplicate', 'near-duplicates') || ' among '
            || counted(conversations, 'conversation', 'conversations') || '.'
    end as lead,
    case
        when conversations = 0 then 'Without one nothing can be there twice.'
        else
            'The largest split group has '
            || counted(largest, 'conversation', 'conversations') || '.'
    end as rest
from totals;

-- part: examples
with

repeats as (

    select
        conversation_id,
        1 as place,
        'repeats word for word ' || short_text(exact_duplicate_of, 60) as why
    from finetune_selection
    where exact_duplicate_of is not null
    union all
    select
        conversation_id,
        2 as place,
        'shares most turns with ' || short_text(near_duplicate_of, 60) as why
    from finetune_selection
    where near_duplicate_of is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by place order by conversation_id asc
        ) as number_of_place
    from repeats

)

select
    conversation_id,
    0 as turn_index,
    why
from ranked
where number_of_place <= 3
order by place asc, number_of_place asc;
