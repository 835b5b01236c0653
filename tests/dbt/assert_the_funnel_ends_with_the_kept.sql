-- What the last rule leaves of a source is what is kept of it.
with

finetune_selection as (

    select * from {{ ref('finetune_selection') }}

),

finetune_funnel as (

    select * from {{ ref('finetune_funnel') }}

),

kept as (

    select
        source,
        count(*) filter (where is_kept) as kept_count
    from finetune_selection
    group by source

),

ends as (

    select
        source,
        min(left_count) as left_count
    from finetune_funnel
    group by source

),

unequal as (

    select
        kept.source,
        kept.kept_count,
        ends.left_count
    from kept
    inner join ends on kept.source = ends.source
    where kept.kept_count <> ends.left_count

)

select * from unequal
