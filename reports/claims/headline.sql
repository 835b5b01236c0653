-- The key figures of this report.

-- part: rows
with

-- copies, too: they are rows that were published
found as (

    select
        source as config,
        count(*) as conversations
    from dim_conversations
    where regexp_matches(coalesce(dataset, ''), '(^|/)hermes-agent-reasoning-traces$')
    group by source

),

here as (

    select coalesce(sum(conversations), 0) as conversations
    from found

),

claims as (

    select
        count(*) as claims,
        count(distinct source) as sources
    from seeds.published_claims

),

cards as (

    select
        count(*) as configs,
        coalesce(sum(published.value), 0) as conversations,
        count(*) filter (where published.value = found.conversations) as same_count
    from seeds.published_claims as published
    left join found on published.config = found.config
    where published.source = 'card_v2' and published.metric = 'conversations'

),

figures as (

    select
        1 as place,
        'Published claims' as label,
        count_text(claims) as text,
        'from ' || counted(sources, 'source', 'sources') as n_text
    from claims
    union all
    select
        2 as place,
        'Conversations of that dataset' as label,
        case
            when here.conversations = 0 then 'none'
            else count_text(here.conversations)
        end as text,
        case
            when here.conversations = 0 then 'so the claims are not applicable'
            else 'of ' || count_text(cards.conversations) || ' that its card gives'
        end as n_text
    from here
    cross join cards
    union all
    select
        3 as place,
        'Configs as on the card' as label,
        count_text(cards.same_count) || ' of ' || count_text(cards.configs) as text,
        'by their number of conversations' as n_text
    from cards

)

select
    label,
    text,
    '' as interval,
    n_text,
    'claims' as section
from figures
order by place asc;
