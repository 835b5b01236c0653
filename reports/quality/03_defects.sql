-- title: What is broken or odd, by source
-- question: How much of what was read is broken, repaired or without its counterpart?
-- chart: dots
-- unit: Share with its 95% interval, n at the right; one dot per defect and source that
--   has it, the most frequent first. Hollow: n under 100. No interval where a source
--   has fewer than 10 prompt groups.
-- note: A call is malformed where its JSON cannot be read or names no tool. It counts
--   as an error of the agent.
-- note: A block is unclosed where its closing tag is missing: the text was cut, or the
--   model forgot it. It is repaired where something else was odd and it was read all
--   the same: a missing opening tag, several closing ones, a key twice in its JSON, or
--   a response that is no JSON and was taken as text.
-- note: Responses are paired with calls by id where ids are unique and complete, else
--   by name and order; where a tool gives several answers at once, order can be wrong.
-- note: A conversation is not given back exactly where its blocks and recorded extras
--   do not make up the input again, such as where bytes were no UTF-8.
-- note: Exact copies are left out.
-- columns: defect=Defect | source=Source | hits=Found | value=Share % | lo=From % |
--   hi=To % | n=Cases | noun=Of | group_count=Prompt groups
-- empty: Nothing broken or odd is found.

-- part: base
create or replace temp table defect_cases as

select
    'Unclosed blocks' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    cast(sum(unclosed_block_count) as bigint) as hits,
    cast(sum(wrapped_block_count) as bigint) as cases
from fct_turns
where wrapped_block_count > 0
group by source, group_id
union all
select
    'Repaired blocks' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    cast(sum(repaired_block_count) as bigint) as hits,
    cast(sum(wrapped_block_count) as bigint) as cases
from fct_turns
where wrapped_block_count > 0
group by source, group_id
union all
select
    'Malformed calls' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where is_malformed) as hits,
    count(*) as cases
from fct_tool_calls
group by source, group_id
union all
select
    'Calls without a response' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where not is_answered) as hits,
    count(*) as cases
from fct_tool_calls
group by source, group_id
union all
select
    'Paired by order, not by id' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where paired_by = 'ordinal') as hits,
    count(*) as cases
from fct_tool_calls
where is_answered
group by source, group_id
union all
select
    'Responses without a call' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    cast(sum(orphan_response_count) as bigint) as hits,
    cast(sum(response_count) as bigint) as cases
from dim_conversations
where duplicate_of_id is null
group by source, group_id
union all
select
    'Not given back exactly' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where not is_lossless) as hits,
    count(*) as cases
from dim_conversations
where duplicate_of_id is null
group by source, group_id;

-- part: rows
with

defects (defect, noun) as (

    values
    ('Malformed calls', 'calls'),
    ('Unclosed blocks', 'blocks'),
    ('Repaired blocks', 'blocks'),
    ('Calls without a response', 'calls'),
    ('Responses without a call', 'responses'),
    ('Not given back exactly', 'conversations')

),

sources as (

    select count(distinct source) as source_count
    from defect_cases

)

select
    defects.defect,
    defects.noun,
    found.source,
    found.hits,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    case
        when sources.source_count = 1 then defects.defect
        else defects.defect || ', ' || found.source
    end as label,
    share_text(found.share) as text,
    defects.defect || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, defects.noun
    ) as tip,
    found.cases < 100 as few
from source_shares('defect_cases') as found
inner join defects on found.label = defects.defect
cross join sources
where found.hits > 0
order by few asc, value desc, found.label asc, found.source asc;

-- part: answer
with

defects (defect, phrase, noun, place) as (

    values
    ('Malformed calls', '', 'calls', 1),
    ('Unclosed blocks', 'unclosed blocks', 'blocks', 2),
    ('Repaired blocks', 'repaired blocks', 'blocks', 3),
    ('Calls without a response', 'calls without a response', 'calls', 4),
    ('Responses without a call', 'responses without a call', 'responses', 5),
    (
        'Not given back exactly',
        'conversations not given back exactly',
        'conversations',
        6
    )

),

pooled as (

    select
        defects.place,
        defects.phrase,
        found.hits,
        share_text(found.share) || ' of calls are malformed '
        || support_text(found.low, found.high, found.cases, defects.noun) as finding,
        estimate_text(
            found.share, found.low, found.high, found.cases, defects.noun
        ) as text
    from pooled_shares('defect_cases') as found
    inner join defects on found.label = defects.defect

),

told as (

    select
        count(*) as defect_count,
        max(finding) filter (where place = 1) as malformed,
        list(
            phrase || ' ' || text order by place asc
        ) filter (where place > 1 and hits > 0) as found_texts,
        list(phrase order by place asc) filter (where place > 1 and hits = 0) as unfound
    from pooled

),

paired as (

    select max(estimate_text(share, low, high, cases, 'answered calls')) as text
    from pooled_shares('defect_cases')
    where label = 'Paired by order, not by id' and hits > 0

),

by_source as (

    select source_texts(source, share, low, high, cases, 'calls') as texts
    from source_shares('defect_cases')
    where label = 'Malformed calls'

)

select
    case
        when told.defect_count = 0 then 'There is no conversation.'
        when told.malformed is null then 'No tool is called.'
        else told.malformed || '.'
    end as lead,
    case
        when told.defect_count = 0 then 'Without one nothing can be broken.'
        else
            ltrim(
                case
                    when coalesce(len(told.found_texts), 0) = 0 then ''
                    else
                        ' Also found: '
                        || array_to_string(told.found_texts, '; ') || '.'
                end
                || case
                    when coalesce(len(told.unfound), 0) = 0 then ''
                    else ' Not found at all: ' || listed(told.unfound) || '.'
                end
                || case
                    when paired.text is null then ''
                    else
                        ' No id says which call they answer, only name and order, for '
                        || paired.text || '.'
                end
                || compared('Malformed calls', by_source.texts)
            )
    end as rest
from told
cross join paired
cross join by_source;

-- part: examples
with

candidates as (

    select
        1 as place,
        conversation_id,
        turn_index,
        'malformed call: ' || replace(coalesce(issue, 'no reason given'), '_', ' ')
            as why
    from fct_tool_calls
    where is_malformed
    union all
    select
        2 as place,
        conversation_id,
        turn_index,
        counted(unclosed_block_count, 'unclosed block', 'unclosed blocks') as why
    from fct_turns
    where unclosed_block_count > 0
    union all
    select
        3 as place,
        conversation_id,
        turn_index,
        'call of ' || short_text(coalesce(tool_name, '(no name)'), 40)
        || ' without a response' as why
    from fct_tool_calls
    where not is_answered
    union all
    select
        4 as place,
        conversation_id,
        turn_index,
        counted(repaired_block_count, 'repaired block', 'repaired blocks') as why
    from fct_turns
    where repaired_block_count > 0

),

-- one of each conversation, so that not one explains them all
firsts as (

    select
        *,
        row_number() over (
            partition by place, conversation_id order by turn_index asc, why asc
        ) as occurrence
    from candidates

),

ranked as (

    select
        *,
        row_number() over (
            partition by place order by conversation_id asc
        ) as number_of_place
    from firsts
    where occurrence = 1

)

select
    conversation_id,
    turn_index,
    why
from ranked
where number_of_place <= 2
order by place asc, number_of_place asc;
