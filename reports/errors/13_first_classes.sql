-- title: Class of the first error of a conversation
-- question: What goes wrong first?
-- chart: dots
-- count: conversations
-- unit: Share of conversations with an error whose first one is of this class, with its
--   95% interval; most frequent first.
-- note: Beside it, in the table, the class among all errors: an error that is first more
--   often than it is met at all is one that agents run into early.
-- note: Later errors may follow from the first one; the first has no such excuse.
-- columns: label=Class | errors=First errors | value=Share of first errors % | lo=From %
--   | hi=To % | n=Conversations with an error | group_count=Prompt groups
--   | all_share=Share of all errors % | all_lo=From % | all_hi=To %
--   | tool=Most often of tool | tool_errors=Of this tool
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

all_hits as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        count(*) as hits
    from first_classes
    group by label, source, group_id

),

tool_counts as (

    select
        label,
        tool_name,
        count(*) as errors
    from first_classes
    where place = 1
    group by label, tool_name

),

tools as (

    select
        label,
        min_by(tool_name, (-errors, tool_name)) as tool,
        max(errors) as tool_errors
    from tool_counts
    group by label

)

select
    firsts.label,
    firsts.hits as errors,
    firsts.share as value,
    firsts.low as lo,
    firsts.high as hi,
    firsts.cases as n,
    firsts.group_count,
    whole.share as all_share,
    whole.low as all_lo,
    whole.high as all_hi,
    tools.tool,
    tools.tool_errors,
    share_text(firsts.share) as text,
    firsts.label || ': '
    || estimate_text(firsts.share, firsts.low, firsts.high, firsts.cases, 'conversations')
        as tip
from pooled_parts('first_hits') as firsts
inner join tools on firsts.label = tools.label
inner join pooled_parts('all_hits') as whole on firsts.label = whole.label
order by errors desc, firsts.label asc;

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
