-- title: Copies and shared prompts, by source
-- question: How much is in the data more than once?
-- chart: dots
-- unit: Share of the conversations of a source with its 95% interval, n at the right;
--   one dot per measure and source. Hollow: n under 100. No interval where a source has
--   fewer than 10 prompt groups.
-- note: An exact copy repeats another conversation word for word. It is a row, but no
--   figure of the other reports counts it; the first by source, file and record stays.
-- note: Prompts are the same where their first user text is, letter case and white
--   space aside, or where the record names the same task. Copies are left out of these
--   two.
-- note: Conversations with the same prompt are no independent cases. So intervals rest
--   on prompt groups; a split into training and test data has to be made by them, too.
-- columns: measure=Measure | source=Source | hits=Conversations | value=Share % |
--   lo=From % | hi=To % | n=Of conversations | group_count=Prompt groups
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table copy_cases as

with

originals as (

    select
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        count(*) as conversations,
        min(conversation_id) as conversation_id
    from dim_conversations
    where duplicate_of_id is null
    group by source, group_id

),

prompts as (

    select
        *,
        count(*) over (partition by group_id) as prompt_sources
    from originals

),

sources as (

    select count(distinct source) as source_count
    from originals

)

select
    'copy' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    min(conversation_id) as conversation_id,
    count(*) filter (where duplicate_of_id is not null) as hits,
    count(*) as cases
from dim_conversations
group by source, group_id
union all
select
    'prompt' as label,
    source,
    group_id,
    conversation_id,
    case when conversations > 1 then conversations else 0 end as hits,
    conversations as cases
from prompts
union all
select
    'elsewhere' as label,
    prompts.source,
    prompts.group_id,
    prompts.conversation_id,
    case when prompts.prompt_sources > 1 then prompts.conversations else 0 end as hits,
    prompts.conversations as cases
from prompts
cross join sources
where sources.source_count > 1;

-- part: rows
with

measures (label, measure, place) as (

    values
    ('copy', 'Exact copy of another', 1),
    ('prompt', 'Prompt is met again in the source', 2),
    ('elsewhere', 'Prompt is met in another source', 3)

),

sources as (

    select count(distinct source) as source_count
    from copy_cases

)

select
    measures.measure,
    found.source,
    found.hits,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    case
        when sources.source_count = 1 then measures.measure
        else measures.measure || ', ' || found.source
    end as label,
    share_text(found.share) as text,
    measures.measure || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, 'conversations'
    ) as tip,
    found.cases < 100 as few
from source_shares('copy_cases') as found
inner join measures on found.label = measures.label
cross join sources
order by few asc, measures.place asc, found.cases desc, found.source asc;

-- part: answer
with

pooled as (

    select
        max(share_text(share)) filter (where label = 'copy') as copy_share,
        max(hits) filter (where label = 'copy') as copies,
        max(support_text(low, high, cases, 'conversations')) filter (
            where label = 'copy'
        ) as copy_basis,
        max(estimate_text(share, low, high, cases, 'conversations')) filter (
            where label = 'elsewhere'
        ) as elsewhere
    from pooled_shares('copy_cases')

),

-- a prompt of two sources is one prompt
whole_prompts as (

    select
        group_id,
        cast(sum(cases) as bigint) as all_conversations
    from copy_cases
    where label = 'prompt'
    group by group_id

),

repeated as (

    select
        coalesce(sum(all_conversations), 0) as conversations,
        count(*) as prompts,
        coalesce(max(all_conversations), 0) as most,
        share_of(
            case when all_conversations > 1 then all_conversations else 0 end,
            all_conversations
        ) as share,
        share_low(
            case when all_conversations > 1 then all_conversations else 0 end,
            all_conversations
        ) as low,
        share_high(
            case when all_conversations > 1 then all_conversations else 0 end,
            all_conversations
        ) as high
    from whole_prompts

),

by_source as (

    select source_texts(source, share, low, high, cases, 'conversations') as texts
    from source_shares('copy_cases')
    where label = 'copy'

)

select
    case
        when pooled.copies is null then 'There is no conversation.'
        when pooled.copies = 0
            then
                'No conversation is an exact copy of another ' || pooled.copy_basis
                || '.'
        else
            'Exact copies of others are ' || pooled.copy_share || ' of conversations '
            || pooled.copy_basis || '.'
    end as lead,
    case
        when pooled.copies is null then 'Without one nothing can be there twice.'
        when repeated.share = 0 then 'No two prompts are the same.'
        else
            case
                when pooled.copies = 0 then share_text(repeated.share)
                else 'Of the rest, ' || share_text(repeated.share)
            end
            || ' share their prompt with another '
            || support_text(
                repeated.low, repeated.high, repeated.conversations, 'conversations'
            )
            || ': there are ' || counted(repeated.prompts, 'prompt', 'prompts')
            || ', the most frequent with '
            || counted(repeated.most, 'conversation', 'conversations') || '.'
            || case
                when pooled.elsewhere is null then ''
                else
                    ' The prompt is in another source, too, for ' || pooled.elsewhere
                    || '.'
            end
    end
    || compared('Exact copies', by_source.texts) as rest
from pooled
cross join repeated
cross join by_source;

-- part: examples
with

copies as (

    select
        duplicate_of_id as conversation_id,
        count(*) as copies
    from dim_conversations
    where duplicate_of_id is not null
    group by duplicate_of_id

),

picked as (

    select
        1 as place,
        conversation_id,
        copies as amount,
        'is there ' || count_text(copies + 1) || ' times, word for word' as why
    from copies
    union all
    select
        2 as place,
        min(conversation_id) as conversation_id,
        cast(sum(cases) as bigint) as amount,
        'one of ' || count_text(sum(cases)) || ' conversations with this prompt' as why
    from copy_cases
    where label = 'prompt'
    group by group_id
    having sum(cases) > 1

),

ranked as (

    select
        *,
        row_number() over (
            partition by place order by amount desc, conversation_id asc
        ) as number_of_place
    from picked

)

select
    conversation_id,
    0 as turn_index,
    why
from ranked
where number_of_place <= 3
order by place asc, number_of_place asc;
