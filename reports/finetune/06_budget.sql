-- title: What is left to learn of rows that are cut
-- question: What does a short context cost?
-- chart: dots
-- count: Rows
-- unit: Share of the tokens to learn that is left where each row is cut to a length,
--   with its 95% interval: keeping its head, its tail, or its whole assistant turns
--   from the start. Tokens are an estimate.
-- note: Tokens are characters times a rate of their kind (seeds.token_rates).
--   tracehouse finetune --tokenizer FOLDER gives this table as the tokenizer counts.
-- note: Head and tail cut within a turn. Of a tail, the system text, the tools and the
--   prompt are gone first: what is learnt then follows from nothing.
-- note: Rows with none teach nothing, and cost as much as others.
-- note: Intervals: Wilson, with the effective number of cases among split groups.
-- columns: cut_to=Cut to tokens | rule=Keeps | cut_rows=Rows cut | empty_rows=With none
--   | empty_share=With none % | value=Left to learn % | lo=From % | hi=To % | n=Rows
--   | group_count=Split groups
-- empty: No conversation is kept.

-- part: base
create or replace temp table left_to_learn as

with

limits as (

    select unnest([2048, 4096, 8192, 16384, 32768]) as cut_to

),

-- what a turn adds to learn, and where it stands; of turns that are not trained nothing
spans as (

    select
        conversation_id,
        split_group,
        start_millitokens as begins,
        start_millitokens + millitokens as ends,
        max(start_millitokens + millitokens) over (
            partition by conversation_id, turn_index
        ) as turn_ends,
        max(start_millitokens + millitokens) over (
            partition by conversation_id
        ) as size,
        is_trained
    from finetune_passages

),

kept as (

    select
        limits.cut_to,
        spans.conversation_id,
        spans.split_group,
        spans.size > limits.cut_to * 1000 as is_cut,
        spans.ends - spans.begins as whole,
        greatest(least(spans.ends, limits.cut_to * 1000) - spans.begins, 0) as head,
        greatest(
            spans.ends - greatest(spans.begins, spans.size - limits.cut_to * 1000), 0
        ) as tail,
        case
            when spans.turn_ends <= limits.cut_to * 1000
                then spans.ends - spans.begins
            else 0
        end as whole_turns
    from spans
    cross join limits
    where spans.is_trained

),

-- one row per conversation, of those that are a row
row_sums as (

    select
        cut_to,
        conversation_id,
        split_group,
        bool_or(is_cut) as is_cut,
        sum(whole) as whole,
        sum(head) as head,
        sum(tail) as tail,
        sum(whole_turns) as whole_turns
    from kept
    group by cut_to, conversation_id, split_group

),

rules as (

    unpivot row_sums
    on head, tail, whole_turns
    into name rule value millitokens

),

groups as (

    select
        cut_to,
        rule,
        split_group,
        count(*) as row_count,
        count(*) filter (where is_cut) as cut_count,
        count(*) filter (where millitokens = 0) as empty_count,
        cast(sum(millitokens) as hugeint) as hits,
        cast(sum(whole) as hugeint) as cases
    from rules
    group by cut_to, rule, split_group

)

select
    cut_to,
    replace(rule, '_', ' ') as rule,
    cast(sum(cut_count) as bigint) as cut_rows,
    cast(sum(empty_count) as bigint) as empty_rows,
    share_of(hits, cases) as value,
    share_low(hits, cases) as lo,
    share_high(hits, cases) as hi,
    cast(sum(row_count) as bigint) as n,
    count(*) as group_count
from groups
group by cut_to, rule;

-- part: rows
select
    cut_to,
    rule,
    cut_rows,
    empty_rows,
    value,
    lo,
    hi,
    n,
    group_count,
    cast(empty_rows as double) / n as empty_share,
    count_text(cut_to) || ', ' || rule as label,
    share_text(value) as text,
    'cut to ' || count_text(cut_to) || ' tokens, ' || rule || ': '
    || estimate_text(value, lo, hi, n, 'rows') || ' left to learn, '
    || counted(empty_rows, 'row', 'rows') || ' with none' as tip,
    lo is null as few
from left_to_learn
order by rule asc, cut_to asc;

-- part: answer
with

at_once as (

    select
        max(value) filter (where cut_to = 2048 and rule = 'head') as head_share,
        max(
            estimate_text(value, lo, hi, n, 'rows')
        ) filter (where cut_to = 2048 and rule = 'head') as head,
        max(share_text(value)) filter (where cut_to = 2048 and rule = 'tail') as tail,
        max(empty_rows) filter (where cut_to = 2048 and rule = 'head') as empty_rows,
        min(cut_to) filter (where cut_rows = 0) as enough,
        max(cut_rows) filter (where cut_to = 32768) as longer_rows
    from left_to_learn

)

select
    case
        when head_share is null then 'No conversation is kept.'
        when head_share = 1 then 'Nothing is lost at 2,048 tokens: no row is longer.'
        else
            'Cut to 2,048 tokens from the start, ' || head
            || ' of what there is to learn is left.'
    end as lead,
    case
        when head_share is null then 'Without one there is nothing to cut.'
        when head_share = 1 then ''
        else
            case
                when empty_rows = 0 then 'Each row has something left'
                else counted(empty_rows, 'row has', 'rows have') || ' nothing left'
            end
            || ' to learn. Cut from the end, ' || tail || ' is left. '
            || case
                when enough is null
                    then
                        counted(longer_rows, 'row is', 'rows are')
                        || ' longer than 32,768.'
                else 'No row is longer than ' || count_text(enough) || '.'
            end
    end as rest
from at_once;

-- part: examples
-- the rows that lose most to the shortest length, at the turn that the cut goes through
with

cuts as (

    select
        conversation_id,
        max_by(turn_index, start_millitokens) filter (
            where start_millitokens < 2048 * 1000
        ) as turn_index,
        sum(millitokens) filter (where is_trained) as learnt,
        coalesce(
            sum(least(millitokens, 2048 * 1000 - start_millitokens)) filter (
                where is_trained and start_millitokens < 2048 * 1000
            ),
            0
        ) as left_over
    from finetune_passages
    group by conversation_id

)

select
    conversation_id,
    turn_index,
    'cut here from the start to 2,048 tokens: '
    || share_text(cast(left_over as double) / learnt) || ' of about '
    || counted(learnt // 1000, 'token', 'tokens') || ' to learn left' as why
from cuts
where left_over < learnt
order by left_over / learnt asc, conversation_id asc
limit 5;
