-- title: Tokens by kind, whole and cut
-- question: What are the tokens spent on?
-- chart: table
-- unit: Tokens of all rows by the kind of text, an estimate: whole, and as each cut
--   leaves them. Learnt are thoughts, answers and calls of turns that are trained.
-- note: Tools are the schemas that a chat template writes into each row. Where they and
--   the responses take most of a context, fewer tools gain more than a longer context.
-- note: Of rows that are cut, head keeps the start, tail the end, and whole turns all
--   up to the end of the last assistant turn that fits.
-- columns: cut_to=Cut to | rule=Keeps | tokens=Tokens | system_text=System
--   | tools=Tools | user_text=User | think=Thoughts | answer=Answers | call_text=Calls
--   | response=Responses
-- empty: No conversation is kept.

-- part: base
create or replace temp table kind_tokens as

with

limits as (

    select unnest([2048, 4096, 8192, 16384, 32768]) as cut_to

),

spans as (

    select
        *,
        start_millitokens + millitokens as ends,
        max(start_millitokens + millitokens) over (
            partition by conversation_id
        ) as size,
        bool_or(is_trained) over (partition by conversation_id) as is_row
    from finetune_passages

),

-- where the last assistant turn ends that fits
turn_ends as (

    select
        limits.cut_to,
        spans.conversation_id,
        max(spans.ends) as whole_end
    from spans
    cross join limits
    where spans.is_turn_end and spans.ends <= limits.cut_to * 1000
    group by limits.cut_to, spans.conversation_id

),

windows as (

    select
        spans.kind,
        spans.start_millitokens as begins,
        spans.ends,
        limits.cut_to,
        limits.cut_to * 1000 as head_end,
        spans.size - limits.cut_to * 1000 as tail_start,
        case
            when spans.size <= limits.cut_to * 1000 then spans.size
            else coalesce(turn_ends.whole_end, 0)
        end as whole_end
    from spans
    cross join limits
    left join turn_ends
        on
            spans.conversation_id = turn_ends.conversation_id
            and limits.cut_to = turn_ends.cut_to
    where spans.is_row

),

cuts as (

    select
        kind,
        cut_to,
        sum(greatest(least(ends, head_end) - begins, 0)) as head,
        sum(greatest(ends - greatest(begins, tail_start), 0)) as tail,
        sum(greatest(least(ends, whole_end) - begins, 0)) as whole_turns
    from windows
    group by kind, cut_to

),

rules as (

    unpivot cuts
    on head, tail, whole_turns
    into name rule value millitokens

)

select
    kind,
    cut_to,
    replace(rule, '_', ' ') as rule,
    millitokens
from rules
union all
select
    kind,
    null as cut_to,
    'whole rows' as rule,
    sum(millitokens) as millitokens
from spans
where is_row
group by kind;

-- part: rows
with

columned as (

    select
        cut_to as limit_tokens,
        rule,
        sum(millitokens) as whole,
        sum(millitokens) filter (where kind = 'system') as system_text,
        sum(millitokens) filter (where kind = 'tools') as tools,
        sum(millitokens) filter (where kind = 'user') as user_text,
        sum(millitokens) filter (where kind = 'think') as think,
        sum(millitokens) filter (where kind = 'answer') as answer,
        sum(millitokens) filter (where kind = 'call') as call_text,
        sum(millitokens) filter (where kind = 'response') as response
    from kind_tokens
    group by cut_to, rule

)

select
    rule,
    case
        when limit_tokens is null then 'not cut' else count_text(limit_tokens)
    end as cut_to,
    cast(round(whole / 1000) as bigint) as tokens,
    cast(round(coalesce(system_text, 0) / 1000) as bigint) as system_text,
    cast(round(coalesce(tools, 0) / 1000) as bigint) as tools,
    cast(round(coalesce(user_text, 0) / 1000) as bigint) as user_text,
    cast(round(coalesce(think, 0) / 1000) as bigint) as think,
    cast(round(coalesce(answer, 0) / 1000) as bigint) as answer,
    cast(round(coalesce(call_text, 0) / 1000) as bigint) as call_text,
    cast(round(coalesce(response, 0) / 1000) as bigint) as response
from columned
order by limit_tokens asc nulls first, rule asc;

-- part: answer
with

kinds as (

    select
        kind,
        sum(millitokens) as millitokens,
        sum(millitokens) / sum(sum(millitokens)) over () as share
    from kind_tokens
    where cut_to is null
    group by kind

),

learnt as (

    select
        sum(millitokens) filter (where is_trained) as learnt,
        sum(millitokens) as total
    from finetune_passages
    where conversation_id in (
        select passages.conversation_id
        from finetune_passages as passages
        where passages.is_trained
    )

),

largest as (

    select
        max_by(kind, (millitokens, kind)) as kind,
        max(share) as share
    from kinds

)

select
    case
        when largest.kind is null then 'No conversation is kept.'
        else
            'Most go to ' || case largest.kind
                when 'call' then 'calls'
                when 'response' then 'responses'
                when 'answer' then 'answers'
                when 'think' then 'thoughts'
                else largest.kind
            end || ': about ' || share_text(largest.share) || ' of '
            || count_text(learnt.total // 1000) || ' tokens.'
    end as lead,
    case
        when largest.kind is null then 'Without one there are no tokens.'
        else
            'About ' || share_text(learnt.learnt / learnt.total)
            || ' are learnt; the others are read.'
    end as rest
from largest
cross join learnt;

-- part: examples
-- the largest piece of each kind
with

pieces as (

    select
        *,
        bool_or(is_trained) over (partition by conversation_id) as is_row
    from finetune_passages

),

largest as (

    select
        *,
        row_number() over (
            partition by kind
            order by millitokens desc, conversation_id asc, turn_index asc
        ) as number_of_kind
    from pieces
    where is_row

)

select
    conversation_id,
    turn_index,
    kind || ', about ' || counted(millitokens // 1000, 'token', 'tokens')
    || ' in one turn' as why
from largest
where number_of_kind = 1
order by millitokens desc, kind asc;
