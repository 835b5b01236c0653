-- title: Calls and length, category by category
-- question: Does that hold in each category?
-- chart: dots
-- pct: false
-- unit: Spearman's rho of calls and length with its 95% interval, for the conversations
--   of a category. Hollow: under 20 conversations, or under 10 prompt groups.
-- note: Length leaves out turns that call a tool, that hold its answer, or are the
--   system's, as above.
-- note: With many categories, one interval in twenty leaves out 0 by chance.
-- columns: label=Category | value=Rho | lo=From | hi=To | n=Conversations
--   | group_count=Prompt groups | calls=Calls
-- empty: No conversation has a category, or none differ in length and calls.

-- part: base
create or replace temp table category_lengths as

with

others as (

    select
        conversation_id,
        sum(body_chars) as chars
    from fct_turns
    where role <> 'system' and role <> 'tool' and not has_calls
    group by conversation_id

)

select
    dim_conversations.category as label,
    '' as stratum,
    coalesce(dim_conversations.prompt_group_id, dim_conversations.conversation_id)
        as group_id,
    cast(coalesce(others.chars, 0) as bigint) as x,
    dim_conversations.call_count as y
from dim_conversations
left join others on dim_conversations.conversation_id = others.conversation_id
where
    dim_conversations.duplicate_of_id is null
    and dim_conversations.category is not null;

-- part: rows
with

calls as (

    select
        label,
        sum(y) as call_count
    from category_lengths
    group by label

)

select
    found.label,
    calls.call_count as calls,
    found.rho as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    replace(format('{:.2f}', found.rho), '-', '−') as text,
    short_text(found.label, 60) || ': rho '
    || rho_text(found.rho, found.low, found.high, found.cases, 'conversations') as tip,
    found.cases < 20 or found.low is null as few
from spearmans('category_lengths') as found
inner join calls on found.label = calls.label
where found.rho is not null
order by few asc, value desc, found.label asc;

-- part: marks
select
    cast(0 as double) as at,
    'no relation' as label
from category_lengths
having count(*) > 0;

-- part: answer
with

judged as (

    select
        label,
        rho,
        low > 0 as is_more,
        high < 0 as is_less,
        low is not null and cases >= 20 as is_known,
        short_text(label, 40) || ' ' || rho_text(rho, low, high, cases, 'conversations')
            as text
    from spearmans('category_lengths')
    where rho is not null

),

told as (

    select
        count(*) as category_count,
        count(*) filter (where is_known) as known_count,
        count(*) filter (where is_known and is_more) as more_count,
        count(*) filter (where is_known and is_less) as less_count,
        max_by(text, (rho, label)) filter (where is_known) as highest,
        min_by(text, (rho, label)) filter (where is_known) as lowest
    from judged

)

select
    case
        when category_count = 0
            then
                'No category is recorded whose conversations differ in length and'
                || ' calls.'
        when known_count = 0 then 'No category has enough conversations and prompts.'
        else
            'In '
            || case when more_count = 0 then 'none' else count_text(more_count) end
            || ' of '
            || counted(known_count, 'category', 'categories')
            || ' longer conversations clearly have more calls'
            || case
                when less_count = 0 then '.'
                else ', in ' || count_text(less_count) || ' fewer.'
            end
    end as lead,
    case
        when known_count < 2 then coalesce('It is ' || highest || '.', '')
        else 'From ' || lowest || ' to ' || highest || '.'
    end as rest
from told;

-- part: examples
-- the conversation with most calls of each of the largest categories
with

ranked as (

    select
        conversation_id,
        category,
        call_count,
        turn_count,
        count(*) over (partition by category) as size,
        row_number() over (
            partition by category order by call_count desc, conversation_id asc
        ) as place
    from dim_conversations
    where duplicate_of_id is null and category is not null and call_count > 0

)

select
    conversation_id,
    0 as turn_index,
    'most calls of ' || short_text(category, 60) || ': '
    || counted(call_count, 'call', 'calls') || ' in '
    || counted(turn_count, 'turn', 'turns') as why
from ranked
where place = 1
order by size desc, category asc
limit 4;
