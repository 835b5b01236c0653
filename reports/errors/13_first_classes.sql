-- title: Tool and class of the first error of a conversation
-- question: What goes wrong first?
-- chart: table
-- unit: Share of conversations with an error whose first one is of this tool and class,
--   with its 95% interval; most frequent first, the first 50.
-- note: Later errors may follow from the first one; the first has no such excuse.
-- columns: tool=Tool | class=Class | errors=First errors | value=Share of first errors
--   % | lo=From % | hi=To % | n=Conversations with an error | group_count=Prompt groups
--   | conversation_id=Example | turn_index=Turn
-- empty: No call has an error by our definition.

-- part: base
create or replace temp table first_classes as

select
    conversation_id,
    turn_index,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    replace(class, '_', ' ') as label,
    coalesce(tool_name, '(no name)') as tool_name,
    row_number() over (
        partition by conversation_id order by turn_index asc, block_index asc
    ) as place
from fct_errors;

-- part: rows
with

pairs as (

    select
        tool_name,
        label,
        source,
        group_id,
        count(*) as hits,
        min((conversation_id, turn_index)) as place
    from first_classes
    where place = 1
    group by tool_name, label, source, group_id

),

pair_hits as ( -- noqa: ST03

    select
        (tool_name, label) as label,
        source,
        group_id,
        hits
    from pairs

),

examples as (

    select
        tool_name,
        label,
        min(place) as place
    from pairs
    group by tool_name, label

)

select
    examples.tool_name as tool,
    examples.label as class,
    firsts.hits as errors,
    firsts.share as value,
    firsts.low as lo,
    firsts.high as hi,
    firsts.cases as n,
    firsts.group_count,
    examples.place[1] as conversation_id,
    examples.place[2] as turn_index
from pooled_parts('pair_hits') as firsts
inner join examples on firsts.label = (examples.tool_name, examples.label)
order by errors desc, tool asc, class asc
limit 50;

-- part: answer
with

first_hits as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        count(*) as hits
    from first_classes
    where place = 1
    group by label, source, group_id

),

tool_hits as ( -- noqa: ST03

    select
        tool_name as label,
        source,
        group_id,
        count(*) as hits
    from first_classes
    where place = 1
    group by tool_name, source, group_id

),

classes as (

    select
        min_by(
            '“' || label || '”: '
            || estimate_text(share, low, high, cases, 'conversations'),
            (-hits, label)
        ) as text
    from pooled_parts('first_hits')

),

tools as (

    select
        min_by(
            short_text(label, 60) || ', '
            || estimate_text(share, low, high, cases, 'conversations'),
            (-hits, label)
        ) as text
    from pooled_parts('tool_hits')

),

by_source as (

    select texts
    from largest_parts('first_hits', 'conversations')

)

select
    case
        when classes.text is null then 'No conversation has an error.'
        else 'The first error is most often ' || classes.text || '.'
    end as lead,
    case
        when classes.text is null then 'So there is no first one.'
        else
            'The tool of it is most often ' || tools.text || '.'
            || compared('Most often', by_source.texts)
    end as rest
from classes
cross join tools
cross join by_source;

-- part: examples
with

picks as (

    select
        label,
        count(*) as class_size,
        min((conversation_id, turn_index)) as place
    from first_classes
    where place = 1
    group by label

)

select
    place[1] as conversation_id,
    place[2] as turn_index,
    label || ', ' || counted(class_size, 'conversation', 'conversations') as why
from picks
order by class_size desc, label asc
limit 10;
