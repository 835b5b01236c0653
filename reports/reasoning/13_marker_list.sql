-- title: The phrases that stand for a behaviour
-- question: By which words are they recognised?
-- chart: table
-- unit: Each phrase as a regular expression that is looked for as words of their own,
--   in any letter case; with a sentence in which it is found and one in which it is
--   not.
-- note: The list is a table to edit: seeds/thought_markers.csv. A test holds each
--   phrase to its two sentences.
-- note: How often a thought with a phrase does what the phrase stands for has not been
--   measured.
-- columns: behaviour=Behaviour | phrase=Phrase | found=Found in | missed=Not found in
-- empty: No thought is recorded, so no phrase is looked for.

-- part: rows
select
    case marker
        when 'plan' then 'Plan'
        when 'self_correction' then 'Self-correction'
        when 'verification' then 'Verification'
        else 'Alternatives'
    end as behaviour,
    pattern as phrase,
    example as found,
    counterexample as missed
from seeds.thought_markers
where
    marker in ('plan', 'self_correction', 'verification', 'alternatives')
    and exists (
        select 1
        from fct_thoughts
    )
order by behaviour asc, phrase asc;

-- part: answer
with

phrases as (

    select
        marker,
        count(*) as phrase_count
    from seeds.thought_markers
    where marker in ('plan', 'self_correction', 'verification', 'alternatives')
    group by marker

),

totals as (

    select
        sum(phrase_count) as phrase_count,
        list(
            replace(marker, '_', '-') || ' ' || count_text(phrase_count)
            order by marker asc
        ) as texts
    from phrases

),

thoughts as (

    select
        count(*) as thought_count,
        count(
            case
                when
                    has_plan
                    or has_self_correction
                    or has_verification
                    or has_alternatives
                    then 1
            end
        ) as marked_count
    from fct_thoughts

)

select
    case
        when thoughts.thought_count = 0 then 'No thought is recorded.'
        else
            'By ' || counted(totals.phrase_count, 'phrase', 'phrases') || ': '
            || listed(totals.texts) || '.'
    end as lead,
    case
        when thoughts.thought_count = 0 then 'So no phrase is looked for.'
        else
            count_text(thoughts.marked_count) || ' of '
            || counted(thoughts.thought_count, 'thought', 'thoughts')
            || ' hold at least one of them.'
    end as rest
from totals
cross join thoughts;

-- part: examples
select
    conversation_id,
    turn_index,
    'none of the phrases in ' || counted(think_words, 'word', 'words') as why
from fct_thoughts
where
    not (has_plan or has_self_correction or has_verification or has_alternatives)
order by think_words desc, conversation_id asc, turn_index asc
limit 5;
