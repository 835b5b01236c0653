-- title: Characters of thoughts, calls and answers
-- question: How long are thoughts, calls and answers?
-- chart: distributions
-- x: characters per turn, powers of ten
-- unit: Share of the turns that hold a thought, a call or an answer, by its number of
--   characters, all sources together. Bins are equally wide on the log scale, eight for
--   each power of ten.
-- note: Per turn: the calls of a turn count together. Answer is the text of a turn
--   outside thoughts and calls, also where the turn calls.
-- note: A call is measured with the JSON around its arguments.
-- note: Intervals of medians: where the interval of the share of turns up to the median
--   begins and ends, among prompt groups.
-- columns: series=Part | lo=From characters | hi=Below | turns=Turns | value=Share %
--   | n=Turns with it
-- empty: There is no assistant turn with a thought, a call or an answer.

-- part: base
create or replace temp table part_lengths as

with

lengths as (

    select
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        case when has_thought then think_chars end as thoughts,
        case when has_calls then call_chars end as calls,
        case when has_answer then answer_chars end as answers
    from fct_turns
    where role = 'assistant'

)

select
    label,
    source,
    group_id,
    value
from lengths
unpivot (value for label in (thoughts, calls, answers))
where value > 0;

-- part: rows
with

binned as (

    select
        label,
        cast(floor(8 * log10(value)) as bigint) as bin,
        count(*) as turns
    from part_lengths
    group by label, bin

),

ends as (

    select
        min(bin) as lowest,
        max(bin) as highest
    from binned

),

parts as (

    select
        label,
        sum(turns) as turns
    from binned
    group by label

),

-- empty bins too
bins as (

    select
        parts.label,
        parts.turns as n,
        unnest(range(ends.lowest, ends.highest + 1)) as bin
    from parts
    cross join ends

)

select
    bins.label as series,
    pow(10, cast(bins.bin as double) / 8) as lo,
    pow(10, cast(bins.bin + 1 as double) / 8) as hi,
    coalesce(binned.turns, 0) as turns,
    cast(coalesce(binned.turns, 0) as double) / bins.n as value,
    cast(bins.n as bigint) as n,
    bins.label || ', ' || count_text(ceil(pow(10, cast(bins.bin as double) / 8)))
    || ' to ' || count_text(ceil(pow(10, cast(bins.bin + 1 as double) / 8)) - 1)
    || ' characters: ' || share_text(coalesce(binned.turns, 0) / bins.n) || ' of '
    || count_text(bins.n) as tip
from bins
left join binned on bins.label = binned.label and bins.bin = binned.bin
order by series asc, lo asc;

-- part: answer
with

all_lengths as ( -- noqa: ST03

    select
        label,
        '' as source,
        group_id,
        value
    from part_lengths

),

medians as (

    select
        label,
        cases,
        row_number() over (order by median desc, label asc) as place,
        count_text(median) || ' characters ('
        || case
            when low is null then 'no interval'
            else count_text(low) || '–' || count_text(high)
        end
        || ', n = ' || counted(cases, 'turn', 'turns') || ')' as text
    from source_medians('all_lengths')

),

told as (

    select
        count(*) as part_count,
        max('Half of the ' || label || ' have at most ' || text || '.') filter (
            where place = 1
        ) as lead,
        list(label || ' ' || text order by place asc) filter (
            where place > 1
        ) as other_texts,
        bool_or(label = 'thoughts') as has_thoughts
    from medians

),

thoughts as (

    select
        list(
            short_text(source, 40) || ' ' || count_text(median)
            || case
                when low is null then ''
                else ' (' || count_text(low) || '–' || count_text(high) || ')'
            end
            order by cases desc, source asc
        ) as texts
    from source_medians('part_lengths')
    where label = 'thoughts'

),

words as (

    select
        quantile_disc(think_words, 0.5) filter (where has_thought) as thought_words,
        quantile_disc(answer_words, 0.5) filter (where has_answer) as answer_words
    from fct_turns
    where role = 'assistant'

)

select
    case
        when told.part_count = 0 then 'No turn holds a thought, a call or an answer.'
        else told.lead
    end as lead,
    case
        when told.part_count = 0 then 'So there is no length to tell.'
        else
            ltrim(
                case
                    when told.other_texts is null then ''
                    else 'Medians of the others: ' || listed(told.other_texts) || '.'
                end
                || case
                    when told.has_thoughts and words.answer_words is not null
                        then
                            ' In words: thoughts ' || count_text(words.thought_words)
                            || ', answers ' || count_text(words.answer_words) || '.'
                    when told.has_thoughts then ''
                    else ' Thoughts are not recorded.'
                end
                || compared('Median characters of thoughts', thoughts.texts)
            )
    end as rest
from told
cross join thoughts
cross join words;

-- part: examples
with

longest as (

    select
        conversation_id,
        turn_index,
        think_chars as size,
        'thought' as label
    from fct_turns
    where role = 'assistant' and has_thought
    union all
    select
        conversation_id,
        turn_index,
        call_chars as size,
        'calls' as label
    from fct_turns
    where role = 'assistant' and has_calls
    union all
    select
        conversation_id,
        turn_index,
        answer_chars as size,
        'answer' as label
    from fct_turns
    where role = 'assistant' and has_answer

),

ranked as (

    select
        *,
        row_number() over (
            partition by label
            order by size desc, conversation_id asc, turn_index asc
        ) as place
    from longest

)

select
    conversation_id,
    turn_index,
    label || ' of ' || counted(size, 'character', 'characters') || ', among the longest'
        as why
from ranked
where place <= 2
order by label asc, place asc;
